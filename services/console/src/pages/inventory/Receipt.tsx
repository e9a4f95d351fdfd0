import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { plain } from '../../lib/decimal';
import { DocumentHead, Facts, Lines, Panel, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';

type Receipt = Schemas['inventory_ReceiptView'];
type Line = Receipt['lines'][number];

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.accepted', numeric: true, cell: (line) => <Quantity value={line.accepted} unit={line.unit} /> },
  { title: 'f.rejected', numeric: true, cell: (line) => <Quantity value={line.rejected} unit={line.unit} /> },
  { title: 'f.returned', numeric: true, cell: (line) => <Quantity value={line.returned} unit={line.unit} /> },
  { title: 'f.lot', cell: (line) => line.lot },
  { title: 'f.expiry_date', cell: (line) => line.expiry_date },
  { title: 'f.unit_price', numeric: true, cell: (line) => plain(line.unit_price, 2) },
  { title: 'f.amount', numeric: true, cell: (line) => <Money value={line.amount} /> },
];

export default function ReceiptPage(): ReactNode {
  return (
    <One
      permission="inventory.receipt.read"
      queryKey={['inventory', 'receipts']}
      load={(receipt) => ask(api.GET('/api/v1/inventory/receipts/{receipt}', { params: { path: { receipt } } }))}
    >
      {(receipt) => (
        <div className="page">
          <DocumentHead kind="nav.inventory.receipts" number={receipt.number} status={receipt.status} />
          <Panel>
            <Facts
              facts={[
                { title: 'f.purchase_order', value: <Link to={`/purchasing/orders/${receipt.purchase_order}`}>{receipt.purchase_order_number}</Link> },
                { title: 'f.supplier', value: <Named kind="suppliers" code={receipt.supplier} /> },
                { title: 'f.warehouse', value: <Named kind="warehouses" code={receipt.warehouse} /> },
                { title: 'f.business_date', value: receipt.business_date },
                { title: 'f.recorded_at', value: <Moment value={receipt.recorded_at} /> },
                { title: 'f.amount', value: <Money value={receipt.amount} />, big: true },
              ]}
            />
          </Panel>
          <Panel title="doc.lines">
            <Lines rows={receipt.lines} columns={columns} rowKey={(line) => line.line} />
          </Panel>
          <Vouchers source={receipt.number} />
        </div>
      )}
    </One>
  );
}
