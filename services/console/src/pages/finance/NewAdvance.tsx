import { Button, Input, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { useCommand } from '../../parts/command';
import { DocumentHead, Panel } from '../../parts/document/Document';
import { Fields, given, pointersOf, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { numberOf } from '../../parts/entry/paste';
import { Field } from '../../parts/Field';
import { LookupField } from '../../parts/LookupField';
import { ProblemNote } from '../../parts/ProblemNote';

type Direction = Schemas['finance_Direction'];

const rest: FieldSpec[] = [
  { name: 'bank_account', title: 'f.bank_account', kind: 'lookup', of: 'accounts', need: true },
  { name: 'reference', title: 'f.reference', kind: 'text' },
  { name: 'business_date', title: 'f.business_date', kind: 'date' },
  { name: 'posting_date', title: 'f.posting_date', kind: 'date' },
];
const shown = pointersOf([...rest, { name: 'partner', title: 'f.partner', kind: 'text' }, { name: 'amount', title: 'f.amount', kind: 'decimal' }]);

function Entry(): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const company = useCompanyCode();
  const [direction, setDirection] = useState<Direction>('received');
  const [partner, setPartner] = useState('');
  const [amount, setAmount] = useState('');
  const [values, setValues] = useState<FieldValues>({ bank_account: '1002' });
  const enter = useCommand<Schemas['finance_AdvanceIn'], Schemas['finance_AdvanceView']>(
    (body, header) => ask(api.POST('/api/v1/finance/advances', { params: { header }, body })),
    {
      concerns: [['finance'], ['sales', 'credit']],
      done: t('advance.enter'),
      onDone: (advance) => void navigate(`/finance/advances/${advance.id}`, { replace: true }),
    },
  );
  return (
    <form
      className="page"
      onSubmit={(event) => {
        event.preventDefault();
        void enter.run({ ...given<Partial<Schemas['finance_AdvanceIn']>>(values), company, direction, partner, amount } as Schemas['finance_AdvanceIn']);
      }}
    >
      <DocumentHead kind="nav.finance.advances" number={t('do.new')}>
        <Button onClick={() => void navigate('/finance/advances')}>{t('do.cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={enter.busy}>
          {t('advance.enter')}
        </Button>
      </DocumentHead>
      <ProblemNote problem={enter.problem} shown={shown} />
      <Panel>
        <div className="form">
          <Field title="f.direction">
            {() => (
              <Segmented<Direction>
                value={direction}
                onChange={(next) => {
                  setDirection(next);
                  setPartner('');
                }}
                options={[
                  { value: 'received', label: t('v.advance.received') },
                  { value: 'paid', label: t('v.advance.paid') },
                ]}
              />
            )}
          </Field>
          <LookupField
            key={direction}
            autoFocus
            need
            title="f.partner"
            kind={direction === 'received' ? 'customers' : 'suppliers'}
            value={partner}
            onChange={setPartner}
            problem={enter.problem}
            pointer="/partner"
          />
          <Field title="f.amount" need problem={enter.problem} pointer="/amount">
            {(id) => (
              <Input id={id} className="num" inputMode="decimal" autoComplete="off" value={amount}
                onChange={(event) => setAmount(event.target.value)} onBlur={(event) => setAmount(numberOf(event.target.value))} />
            )}
          </Field>
          <Fields fields={rest} values={values} problem={enter.problem}
            onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        </div>
      </Panel>
    </form>
  );
}

export default function NewAdvance(): ReactNode {
  return (
    <Allowed permission="finance.advance.enter">
      <Entry />
    </Allowed>
  );
}
