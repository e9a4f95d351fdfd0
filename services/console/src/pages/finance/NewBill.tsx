import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useRef, useState, type ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { compare, lineAmount, minus, plain, sum } from '../../lib/decimal';
import { today } from '../../lib/dates';
import { useCommand } from '../../parts/command';
import { DateInput } from '../../parts/DateInput';
import { DocumentHead, Facts, Panel } from '../../parts/document/Document';
import { ShareForm, useShares, type ShareColumn } from '../../parts/entry/ShareForm';
import { Field } from '../../parts/Field';
import { ProblemNote } from '../../parts/ProblemNote';
import { Money, Named } from '../../parts/show';
import { Loaded } from '../../parts/states';

type Order = Schemas['purchasing_OrderView'];

function Form({ order }: { order: Order }): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const columns: readonly ShareColumn[] = [
    { name: 'quantity', title: 'f.quantity', first: (line) => (compare(line.open, '0') > 0 ? line.open : '') },
    {
      name: 'unit_price', title: 'f.unit_price',
      first: (line) => plain(order.lines.find((each) => each.line === line.line)?.unit_price, 2).replaceAll(',', ''),
    },
  ];
  const lines = order.lines.map((line) => ({
    line: line.line, item: line.item, unit: line.unit,
    open: minus(minus(line.quantity_received, line.quantity_billed), line.quantity_returned),
  }));
  const { shares, set } = useShares(lines, columns);
  const [number, setNumber] = useState('');
  const [billDate, setBillDate] = useState(today());
  const sent = useRef<number[]>([]);
  const enter = useCommand<Schemas['finance_BillIn'], Schemas['finance_BillView']>(
    (body, header) => ask(api.POST('/api/v1/finance/bills', { params: { header }, body })),
    {
      concerns: [['finance'], ['purchasing']],
      done: t('finance.enterBill'),
      onDone: (bill) => void navigate(`/finance/bills/${bill.id}`, { replace: true }),
    },
  );
  const taken = lines.filter(({ line }) => compare(shares[line]?.['quantity'] || '0', '0') > 0);
  const net = sum(taken.map(({ line }) => lineAmount(shares[line]?.['quantity'] ?? '', shares[line]?.['unit_price'] ?? '')));
  return (
    <div className="page">
      <DocumentHead kind="finance.enterBill" number={order.number} />
      <ProblemNote problem={enter.problem} shown={(pointer) => pointer === '/number' || /^\/lines\/\d+\/(quantity|unit_price)$/.test(pointer)} />
      <Panel>
        <Facts facts={[{ title: 'f.supplier', value: <Named kind="suppliers" code={order.supplier} /> }]} />
        <div className="form">
          <Field title="f.supplier_number" need problem={enter.problem} pointer="/number">
            {(id) => <Input id={id} autoFocus value={number} onChange={(event) => setNumber(event.target.value)} />}
          </Field>
          <Field title="finance.billDate" problem={enter.problem} pointer="/bill_date">
            {(id) => <DateInput id={id} label={t('finance.billDate')} value={billDate} onChange={setBillDate} />}
          </Field>
        </div>
      </Panel>
      <Panel title="doc.lines">
        <ShareForm lines={lines} columns={columns} shares={shares} set={set} problem={enter.problem} sent={sent.current} />
        <div className="totals">
          <span>
            {t('f.amount_net')} <b><Money value={net} /></b> {order.currency}
          </span>
        </div>
        <div className="submit-bar">
          <Button
            type="primary"
            loading={enter.busy}
            disabled={taken.length === 0 || !number.trim()}
            onClick={() => {
              sent.current = taken.map((each) => each.line);
              void enter.run({
                number: number.trim(),
                purchase_order: order.number,
                ...(billDate ? { bill_date: billDate } : {}),
                lines: taken.map(({ line }) => ({
                  line, quantity: shares[line]?.['quantity'] ?? '', unit_price: shares[line]?.['unit_price'] ?? '',
                })),
              });
            }}
          >
            {t('finance.enterBill')}
          </Button>
        </div>
      </Panel>
    </div>
  );
}

function Entering(): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const [number, setNumber] = useState('');
  const ref = params.get('order') ?? '';
  const query = useQuery({
    queryKey: ['purchasing', 'orders', 'one', ref],
    queryFn: () => ask(api.GET('/api/v1/purchasing/orders/{ref}', { params: { path: { ref } } })),
    enabled: ref !== '',
  });
  if (ref) return <Loaded query={query}>{(order) => <Form key={order.id} order={order} />}</Loaded>;
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.bills" number={t('do.new')} />
      <Panel>
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            if (number.trim()) void navigate(`/finance/bills/new?order=${encodeURIComponent(number.trim())}`);
          }}
        >
          <Field title="f.purchase_order" need>
            {(id) => <Input id={id} autoFocus value={number} onChange={(event) => setNumber(event.target.value)} />}
          </Field>
        </form>
      </Panel>
    </div>
  );
}

export default function NewBill(): ReactNode {
  return (
    <Allowed permission="finance.bill.enter">
      <Entering />
    </Allowed>
  );
}
