import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useRightsQuery } from '../../api/rights';
import { useWords } from '../../i18n';
import { Question } from '../../parts/document/Asking';
import { Facts, Panel } from '../../parts/document/Document';
import { textOf } from '../../parts/entry/Fields';
import { Once } from '../../parts/Once';
import { Loaded } from '../../parts/states';
import { Sessions } from './Sessions';

type Enrolment = Schemas['identity_EnrolmentView'];
type Asked = 'enrol' | 'remove' | 'password' | null;

const CONCERNS = [['identity', 'second-factor']];

function Factor({ onAsk }: { onAsk: (asked: Asked) => void }): ReactNode {
  const { t } = useWords();
  const query = useQuery({ queryKey: ['identity', 'second-factor'], queryFn: () => ask(api.GET('/api/v1/identity/me/second-factor')) });
  return (
    <Panel title="account.factor">
      <Loaded query={query} rows={2}>
        {(standing) => (
          <>
            <Facts
              facts={[
                {
                  title: 'f.status',
                  value: <span className={`tag ${standing.enrolled ? 'tag-good' : 'tag-warn'}`}>{t(standing.enrolled ? 'account.factorOn' : 'account.factorOff')}</span>,
                },
                { title: 'account.codesLeft', value: standing.enrolled ? String(standing.recovery_codes_left) : null },
              ]}
            />
            {standing.required && !standing.enrolled && <p className="panel-body field-error">{t('account.factorNeeded')}</p>}
            <div className="entry-tools">
              {standing.enrolled ? (
                <Button danger onClick={() => onAsk('remove')}>
                  {t('account.remove')}
                </Button>
              ) : (
                <Button type="primary" onClick={() => onAsk('enrol')}>
                  {t('account.enrol')}
                </Button>
              )}
              <Button onClick={() => onAsk('password')}>{t('account.password')}</Button>
            </div>
          </>
        )}
      </Loaded>
    </Panel>
  );
}

export default function Account(): ReactNode {
  const { t } = useWords();
  const { data } = useRightsQuery();
  const [asked, setAsked] = useState<Asked>(null);
  const [begun, setBegun] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<readonly string[]>([]);
  const common = { permission: '', concerns: CONCERNS, onClose: () => setAsked(null) };
  return (
    <div className="page">
      <div className="page-head">
        <h1>
          {t('nav.system.account')} <span className="quiet">{data?.name}</span>
        </h1>
      </div>
      <Factor onAsk={setAsked} />
      <Sessions of={null} permission="" />
      {asked === 'enrol' && (
        <Question
          {...common}
          title="account.enrol"
          fields={[{ name: 'current_password', title: 'f.current_password', kind: 'secret', need: true }]}
          send={(values, { 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/identity/me/second-factor', {
              params: { header: { 'Idempotency-Key': key } }, body: { current_password: textOf(values, 'current_password') },
            }))
          }
          onDone={setBegun}
        />
      )}
      {begun && (
        <Question
          {...common}
          title="account.confirm"
          note={
            <div className="panel-body">
              <p>{t('account.scan')}</p>
              {begun.qr_svg && <img className="qr" alt={t('account.factor')} src={`data:image/svg+xml;base64,${btoa(begun.qr_svg)}`} />}
              <p>
                <code>{begun.secret}</code>
              </p>
            </div>
          }
          fields={[{ name: 'code', title: 'f.code', kind: 'text', need: true }]}
          send={(values, { 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/identity/me/second-factor/confirm', {
              params: { header: { 'Idempotency-Key': key } }, body: { code: textOf(values, 'code') },
            }))
          }
          onClose={() => setBegun(null)}
          onDone={(made) => {
            setBegun(null);
            setCodes(made.recovery_codes ?? []);
          }}
        />
      )}
      {asked === 'remove' && (
        <Question
          {...common}
          grave
          title="account.remove"
          fields={[
            { name: 'current_password', title: 'f.current_password', kind: 'secret', need: true },
            { name: 'code', title: 'f.code', kind: 'text', need: true },
          ]}
          send={(values, { 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/identity/me/second-factor/remove', {
              params: { header: { 'Idempotency-Key': key } },
              body: { current_password: textOf(values, 'current_password'), code: textOf(values, 'code') },
            }))
          }
        />
      )}
      {asked === 'password' && (
        <Question
          {...common}
          title="account.password"
          fields={[
            { name: 'current_password', title: 'f.current_password', kind: 'secret', need: true },
            { name: 'password', title: 'f.new_password', kind: 'secret', need: true },
          ]}
          send={(values, { 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/identity/me/password', {
              params: { header: { 'Idempotency-Key': key } },
              body: { current_password: textOf(values, 'current_password'), password: textOf(values, 'password') },
            }))
          }
        />
      )}
      {codes.length > 0 && <Once secrets={codes} onClose={() => setCodes([])} />}
    </div>
  );
}
