import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { minus } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Money, Named, Quantity } from '../../parts/show';
import { MoveReturn } from '../returns';

type Return = Schemas['sales_ReturnView'];
type Line = Return['lines'][number];

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.quantity_received', numeric: true, cell: (line) => <Quantity value={line.quantity_received} /> },
  { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
  { title: 'f.amount_gross', numeric: true, cell: (line) => <Money value={line.amount_gross} /> },
];

function Body({ found }: { found: Return }): ReactNode {
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { sales_return: found.id };
  const common = { version: found.version, number: found.number, concerns: [['sales'], ['case']], onProblem: setProblem };
  const open = found.lines.map((line) => ({
    line: line.line, item: line.item, unit: line.unit, open: minus(line.quantity, line.quantity_received),
  }));
  return (
    <div className="page">
      <DocumentHead kind="nav.sales.returns" number={found.number} status={found.status}>
        <Action
          {...common}
          grave
          title="returns.cancel"
          permission="sales.return.cancel"
          when={['draft', 'authorised'].includes(found.status)}
          send={(header) => ask(api.POST('/api/v1/sales/returns/{sales_return}/cancel', { params: { path, header } }))}
        />
        <Action
          {...common}
          primary
          title="returns.authorise"
          permission="sales.return.authorise"
          when={found.status === 'draft'}
          send={(header) => ask(api.POST('/api/v1/sales/returns/{sales_return}/authorise', { params: { path, header } }))}
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={['draft', 'authorised', 'received']} now={found.status} />
        <Facts
          facts={[
            { title: 'f.order', value: <Link to={`/sales/orders/${found.order}`}>{found.order_number}</Link> },
            { title: 'f.customer', value: <Named kind="customers" code={found.customer} /> },
            { title: 'f.reason', value: found.reason },
            { title: 'f.business_date', value: found.business_date },
            { title: 'f.amount_gross', value: <Money value={found.amount_gross} />, big: true },
          ]}
        />
      </Panel>
      {found.status === 'authorised' && <MoveReturn key={found.version} id={found.id} warehouse="" lines={open} title="returns.receive" />}
      <Panel title="doc.lines">
        <Lines rows={found.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
      <Vouchers source={found.number} />
    </div>
  );
}

export default function SalesReturnPage(): ReactNode {
  return (
    <One
      permission="sales.return.read"
      queryKey={['sales', 'returns']}
      load={(id) => ask(api.GET('/api/v1/sales/returns/{sales_return}', { params: { path: { sales_return: id } } }))}
    >
      {(found) => <Body found={found} />}
    </One>
  );
}
