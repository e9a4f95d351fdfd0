import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero, plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Money, Moment, Named, Quantity } from '../../parts/show';

type Bill = Schemas['finance_BillView'];
type Line = Bill['lines'][number];

function Body({ bill }: { bill: Bill }): ReactNode {
  const { t, value } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { bill: bill.id };
  const common = { version: bill.version, number: bill.number, concerns: [['finance'], ['purchasing']], onProblem: setProblem };
  const columns: LineColumn<Line>[] = [
    { title: 'f.line', cell: (line) => line.line },
    { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
    { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
    {
      title: 'finance.orderPrice', numeric: true, cell: (line) => plain(line.order_price, 2),
    },
    {
      title: 'f.unit_price', numeric: true,
      cell: (line) => {
        const finding = bill.findings.find((each) => each.line === line.line && each.reason === 'price');
        return finding ? <span className="tag tag-bad">{plain(line.unit_price, 2)}</span> : plain(line.unit_price, 2);
      },
    },
    { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
    { title: 'f.amount_tax', numeric: true, cell: (line) => <Money value={line.amount_tax} /> },
  ];
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.bills" number={bill.number} status={bill.status}>
        <Action
          {...common}
          grave
          title="finance.cancelBill"
          permission="finance.bill.cancel"
          when={bill.status === 'blocked'}
          send={(header) => ask(api.POST('/api/v1/finance/bills/{bill}/cancel', { params: { path, header } }))}
        />
        <Action
          {...common}
          title="finance.matchAgain"
          permission="finance.bill.match"
          when={bill.status === 'blocked'}
          send={(header) => ask(api.POST('/api/v1/finance/bills/{bill}/match', { params: { path, header } }))}
        />
        <Action
          {...common}
          primary
          title="finance.accept"
          permission="finance.bill.accept"
          when={bill.status === 'blocked'}
          send={(header) => ask(api.POST('/api/v1/finance/bills/{bill}/accept', { params: { path, header } }))}
        />
        {bill.status === 'posted' && may('finance.payment.enter') && !isZero(bill.open_amount) && (
          <Button
            type="primary"
            onClick={() =>
              void navigate(
                `/finance/payments/new?${new URLSearchParams({ direction: 'paid', partner: bill.supplier, order: bill.purchase_order_number }).toString()}`,
              )
            }
          >
            {t('finance.enterPayment')}
          </Button>
        )}
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={bill.status === 'blocked' ? ['blocked', 'matched', 'posted'] : ['matched', 'posted']} now={bill.status} />
        <Facts
          facts={[
            { title: 'f.supplier', value: <Named kind="suppliers" code={bill.supplier} /> },
            { title: 'f.supplier_number', value: bill.supplier_number },
            { title: 'f.purchase_order', value: <Link to={`/purchasing/orders/${bill.purchase_order}`}>{bill.purchase_order_number}</Link> },
            { title: 'f.business_date', value: bill.business_date },
            { title: 'f.due_date', value: bill.due_date },
            { title: 'f.recorded_at', value: <Moment value={bill.recorded_at} /> },
            { title: 'f.block_reasons', value: bill.block_reasons.map(value).join(', ') },
            { title: 'f.amount_gross', value: <Money value={bill.amount_gross} />, big: true },
            { title: 'f.open_amount', value: <Money value={bill.open_amount} />, big: true },
          ]}
        />
      </Panel>
      <Panel title="doc.lines">
        <Lines rows={bill.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
      {bill.findings.length > 0 && (
        <Panel title="finance.findings">
          <Lines
            rows={bill.findings}
            rowKey={(finding) => `${finding.line}${finding.reason}`}
            columns={[
              { title: 'f.line', cell: (finding) => finding.line },
              { title: 'f.reason', cell: (finding) => value(finding.reason) },
              { title: 'finance.expected', numeric: true, cell: (finding) => plain(finding.expected, 2) },
              { title: 'finance.actual', numeric: true, cell: (finding) => plain(finding.actual, 2) },
            ]}
          />
        </Panel>
      )}
      {bill.matches.length > 0 && (
        <Panel title="finance.matches">
          <Lines
            rows={bill.matches}
            rowKey={(match) => match.line}
            columns={[
              { title: 'f.item', cell: (match) => <ItemName code={match.item} /> },
              { title: 'f.quantity', numeric: true, cell: (match) => <Quantity value={match.quantity} /> },
              { title: 'finance.received', numeric: true, cell: (match) => <Money value={match.amount_received} /> },
              { title: 'f.amount_net', numeric: true, cell: (match) => <Money value={match.amount_net} /> },
              { title: 'finance.difference', numeric: true, cell: (match) => <Money value={match.difference} /> },
            ]}
          />
        </Panel>
      )}
      <Vouchers source={bill.number} />
    </div>
  );
}

export default function BillPage(): ReactNode {
  return (
    <One
      permission="finance.bill.read"
      queryKey={['finance', 'bills']}
      load={(bill) => ask(api.GET('/api/v1/finance/bills/{bill}', { params: { path: { bill } } }))}
    >
      {(bill) => <Body bill={bill} />}
    </One>
  );
}
