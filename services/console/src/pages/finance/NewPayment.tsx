import { useQuery } from '@tanstack/react-query';
import { Button, Input, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { sum } from '../../lib/decimal';
import { useCommand } from '../../parts/command';
import { DocumentHead, Panel } from '../../parts/document/Document';
import { numberOf } from '../../parts/entry/paste';
import { Field } from '../../parts/Field';
import { LookupField } from '../../parts/LookupField';
import { ProblemNote } from '../../parts/ProblemNote';
import { Money } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { WordCell } from '../../parts/words';

type Direction = Schemas['finance_Direction'];

interface Open {
  id: string;
  type: string;
  number: string;
  order: string;
  due: string;
  overdue: number;
  open: string;
}

async function openItems(company: string, direction: Direction, partner: string): Promise<Open[]> {
  const common = { company, settled: 'false' as never, limit: '200', sort: 'due_date' };
  const found =
    direction === 'received'
      ? await ask(api.GET('/api/v1/finance/receivables', { params: { query: { ...common, customer: partner } } }))
      : await ask(api.GET('/api/v1/finance/payables', { params: { query: { ...common, supplier: partner } } }));
  return found.items.map((each) => ({
    id: each.id, type: each.document_type, number: each.number, order: each.order_number,
    due: each.due_date, overdue: each.days_overdue, open: each.open_amount,
  }));
}

function NewPayment(): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const company = useCompanyCode();
  const [params] = useSearchParams();
  const [direction, setDirection] = useState<Direction>(params.get('direction') === 'paid' ? 'paid' : 'received');
  const [partner, setPartner] = useState(params.get('partner') ?? '');
  const [amount, setAmount] = useState('');
  const [reference, setReference] = useState('');
  const order = params.get('order') ?? '';
  const [shares, setShares] = useState<Record<string, string>>({});
  const query = useQuery({
    queryKey: ['finance', direction === 'received' ? 'receivables' : 'payables', 'open', company, partner],
    queryFn: () => openItems(company, direction, partner),
    enabled: company !== '' && partner !== '',
  });
  const pay = useCommand<Schemas['finance_PaymentIn'], Schemas['finance_PaymentView']>(
    (body, header) => ask(api.POST('/api/v1/finance/payments', { params: { header }, body })),
    {
      concerns: [['finance'], ['sales'], ['case']],
      done: t(direction === 'received' ? 'finance.enterReceipt' : 'finance.enterPayment'),
      onDone: (payment) => void navigate(`/finance/payments/${payment.id}`, { replace: true }),
    },
  );
  const chosen = Object.entries(shares).filter(([, value]) => value !== '');
  const total = amount || sum(chosen.map(([, value]) => value));
  const submit = (): void =>
    void pay.run({
      company,
      direction,
      partner,
      amount: numberOf(total),
      reference,
      bank_account: '1002',
      // only a receipt is for a sales order; payments settle bills
      ...(order && direction === 'received' && chosen.length === 0 ? { order } : {}),
      ...(chosen.length > 0 ? { allocations: chosen.map(([id, value]) => ({ open_item: id, amount: value })) } : {}),
    });
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.payments" number={t('do.new')}>
        <Button onClick={() => void navigate('/finance/payments')}>{t('do.cancel')}</Button>
        <Button type="primary" loading={pay.busy} disabled={!partner || total === '0.00'} onClick={submit}>
          {t(direction === 'received' ? 'finance.enterReceipt' : 'finance.enterPayment')}
        </Button>
      </DocumentHead>
      <ProblemNote problem={pay.problem} shown={(pointer) => ['/partner', '/amount', '/reference'].includes(pointer)} />
      <Panel>
        <div className="form">
          <Field title="f.direction">
            {() => (
              <Segmented<Direction>
                value={direction}
                onChange={(next) => {
                  setDirection(next);
                  setPartner('');
                  setShares({});
                }}
                options={[
                  { value: 'received', label: t('v.receipt') },
                  { value: 'paid', label: t('v.paid') },
                ]}
              />
            )}
          </Field>
          <LookupField
            key={direction}
            title="f.partner"
            kind={direction === 'received' ? 'customers' : 'suppliers'}
            need
            value={partner}
            onChange={(next) => {
              setPartner(next);
              setShares({});
            }}
            problem={pay.problem}
            pointer="/partner"
          />
          <Field title="f.amount" need problem={pay.problem} pointer="/amount">
            {(id) => (
              <Input id={id} className="num" inputMode="decimal" placeholder={total} value={amount} onChange={(event) => setAmount(numberOf(event.target.value))} />
            )}
          </Field>
          <Field title="f.reference" problem={pay.problem} pointer="/reference">
            {(id) => <Input id={id} value={reference} onChange={(event) => setReference(event.target.value)} />}
          </Field>
          {order && <Field title="f.order">{(id) => <Input id={id} value={order} readOnly />}</Field>}
        </div>
      </Panel>
      {partner && (
        <Panel title="finance.openItems">
          <Loaded query={query}>
            {(items) => (
              <div className="scroll-x">
                <table className="grid-table">
                  <thead>
                    <tr>
                      <th>{t('f.document_type')}</th>
                      <th>{t('f.number')}</th>
                      <th>{t('f.order')}</th>
                      <th>{t('f.due_date')}</th>
                      <th className="num">{t('f.days_overdue')}</th>
                      <th className="num">{t('f.open_amount')}</th>
                      <th className="num">{t('finance.allocate')}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {items.map((each) => (
                      <tr key={each.id}>
                        <td><WordCell word={each.type} /></td>
                        <td>{each.number}</td>
                        <td>{each.order}</td>
                        <td>{each.due}</td>
                        <td className="num">{each.overdue > 0 ? <span className="tag tag-bad">{each.overdue}</span> : ''}</td>
                        <td className="num">
                          <Button
                            type="link"
                            size="small"
                            onClick={() => setShares((now) => ({ ...now, [each.id]: now[each.id] ? '' : each.open }))}
                          >
                            <Money value={each.open} />
                          </Button>
                        </td>
                        <td className="num">
                          <Input
                            className="num"
                            style={{ width: 130 }}
                            aria-label={`${t('finance.allocate')} ${each.number}`}
                            value={shares[each.id] ?? ''}
                            onChange={(event) => setShares((now) => ({ ...now, [each.id]: numberOf(event.target.value) }))}
                          />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
                <p className="panel-body quiet">{t('finance.allocateHint')}</p>
              </div>
            )}
          </Loaded>
        </Panel>
      )}
    </div>
  );
}

export default function NewPaymentPage(): ReactNode {
  return (
    <Allowed permission="finance.payment.enter">
      <NewPayment />
    </Allowed>
  );
}
