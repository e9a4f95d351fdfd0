import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';

import { Allowed, NotFound } from '../../app/Ends';
import { useInterval } from '../../api/live';
import { Problem } from '../../api/problem';
import type { Service } from '../../api/rights';
import { useWords } from '../../i18n';
import { Actor } from '../../parts/Actor';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Panel } from '../../parts/document/Document';
import { textOf } from '../../parts/entry/Fields';
import { ProblemNote } from '../../parts/ProblemNote';
import { Moment } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { isService, oneParked, settle, type ParkedMessage } from './parked';

const CONCERNS = [['parked'], ['status']];
const PERMISSION = 'operations.parked.settle';

function parsed(text: string, said: string): ParkedMessage['value'] {
  try {
    return JSON.parse(text) as ParkedMessage['value'];
  } catch {
    throw new Problem(422, { code: 'invalid-json', detail: said, errors: [{ pointer: '/value', code: 'invalid-json', detail: said }] });
  }
}

function Body({ service, message }: { service: Service; message: ParkedMessage }): ReactNode {
  const { t } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const open = message.status === 'parked' || message.status === 'waiting';
  const value = message.repaired_value ?? message.value;
  const common = { number: message.topic, concerns: CONCERNS, permission: PERMISSION };
  return (
    <div className="page">
      <DocumentHead kind="nav.system.parked" number={message.topic} status={message.status} of="parked">
        <Asking
          {...common}
          grave
          title="system.drop"
          when={open}
          note={<p className="panel-body quiet">{t('system.dropWarning')}</p>}
          fields={[{ name: 'reason', title: 'f.reason', kind: 'long', need: true }]}
          send={(values, header) => settle.drop(service, message.event_id, header, textOf(values, 'reason'))}
        />
        <Asking
          {...common}
          title="system.repair"
          when={open && value !== undefined}
          fields={[
            { name: 'value', title: 'system.message', kind: 'long', need: true },
            { name: 'reason', title: 'f.reason', kind: 'long', need: true },
          ]}
          first={{ value: JSON.stringify(value, null, 2) }}
          send={async (values, header) =>
            settle.repair(service, message.event_id, header, parsed(textOf(values, 'value'), t('system.notJson')), textOf(values, 'reason'))
          }
        />
        <Action
          title="system.release"
          permission={PERMISSION}
          primary
          when={open}
          version={0}
          number={message.topic}
          concerns={CONCERNS}
          onProblem={setProblem}
          send={({ 'Idempotency-Key': key }) => settle.release(service, message.event_id, { 'Idempotency-Key': key })}
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.service', value: service },
            { title: 'f.reason', value: message.reason },
            { title: 'f.company', value: message.company },
            { title: 'f.key', value: <code>{message.key}</code> },
            { title: 'system.behind', value: message.behind },
            { title: 'f.parked_at', value: <Moment value={message.parked_at} /> },
            { title: 'f.partition', value: message.partition },
            { title: 'f.offset', value: message.offset },
            { title: 'f.size', value: message.size },
            { title: 'f.repaired_by', value: message.repaired_by && <Actor subject={message.repaired_by} /> },
            { title: 'f.repaired_at', value: message.repaired_at && <Moment value={message.repaired_at} /> },
            { title: 'f.settled_by', value: message.settled_by && <Actor subject={message.settled_by} /> },
            { title: 'f.settled_at', value: message.settled_at && <Moment value={message.settled_at} /> },
          ]}
        />
        {message.detail && <pre className="code-block">{message.detail}</pre>}
      </Panel>
      <Panel title="system.message">
        <pre className="code-block" tabIndex={0}>{value === undefined ? message.excerpt : JSON.stringify(value, null, 2)}</pre>
      </Panel>
      <Panel title="system.headers">
        <pre className="code-block" tabIndex={0}>
          {Object.entries(message.headers).map(([name, said]) => `${name}: ${said}`).join('\n')}
        </pre>
      </Panel>
      <p>
        <Link to="/system/parked">{t('nav.system.parked')}</Link>
      </p>
    </div>
  );
}

function Page({ service, id }: { service: Service; id: string }): ReactNode {
  const interval = useInterval();
  const query = useQuery({ queryKey: ['parked', service, id], queryFn: () => oneParked(service, id), refetchInterval: interval });
  return <Loaded query={query}>{(message) => <Body service={service} message={message} />}</Loaded>;
}

export default function ParkedMessagePage(): ReactNode {
  const { service = '', id = '' } = useParams();
  if (!isService(service)) return <NotFound />;
  return (
    <Allowed permission="operations.parked.read">
      <Page service={service} id={id} />
    </Allowed>
  );
}
