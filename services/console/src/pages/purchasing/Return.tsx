import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { minus, plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Money, Named, Quantity } from '../../parts/show';
import { MoveReturn } from '../returns';

type Return = Schemas['purchasing_ReturnView'];
type Line = Return['lines'][number];

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.unit_price', numeric: true, cell: (line) => plain(line.unit_price, 2) },
  { title: 'f.quantity_returned', numeric: true, cell: (line) => <Quantity value={line.quantity_returned} /> },
  { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
];

function Body({ found }: { found: Return }): ReactNode {
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { ref: found.id };
  const common = { version: found.version, number: found.number, concerns: [['purchasing']], onProblem: setProblem };
  const open = found.lines.map((line) => ({
    line: line.line, item: line.item, unit: line.unit, open: minus(line.quantity, line.quantity_returned),
  }));
  return (
    <div className="page">
      <DocumentHead kind="nav.purchasing.returns" number={found.number} status={found.status}>
        <Action
          {...common}
          grave
          title="returns.cancel"
          permission="purchasing.return.cancel"
          when={['draft', 'authorised'].includes(found.status)}
          send={(header) => ask(api.POST('/api/v1/purchasing/returns/{ref}/cancel', { params: { path, header } }))}
        />
        <Action
          {...common}
          primary
          title="returns.authorise"
          permission="purchasing.return.authorise"
          when={found.status === 'draft'}
          send={(header) => ask(api.POST('/api/v1/purchasing/returns/{ref}/authorise', { params: { path, header } }))}
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={['draft', 'authorised', 'returned']} now={found.status} />
        <Facts
          facts={[
            { title: 'f.purchase_order', value: <Link to={`/purchasing/orders/${found.purchase_order}`}>{found.purchase_order_number}</Link> },
            { title: 'f.supplier', value: <Named kind="suppliers" code={found.supplier} /> },
            { title: 'f.warehouse', value: <Named kind="warehouses" code={found.warehouse} /> },
            { title: 'f.reason', value: found.reason },
            { title: 'f.business_date', value: found.business_date },
            { title: 'f.amount_gross', value: <Money value={found.amount_gross} />, big: true },
          ]}
        />
      </Panel>
      {found.status === 'authorised' && (
        <MoveReturn key={found.version} id={found.id} warehouse={found.warehouse} lines={open} title="returns.send" />
      )}
      <Panel title="doc.lines">
        <Lines rows={found.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
      <Vouchers source={found.number} />
    </div>
  );
}

export default function PurchaseReturnPage(): ReactNode {
  return (
    <One
      permission="purchasing.return.read"
      queryKey={['purchasing', 'returns']}
      load={(ref) => ask(api.GET('/api/v1/purchasing/returns/{ref}', { params: { path: { ref } } }))}
    >
      {(found) => <Body found={found} />}
    </One>
  );
}
