import { useState, type ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';

type Transfer = Schemas['inventory_TransferView'];

const WAY = ['open', 'in_transit', 'received'];

function Body({ transfer }: { transfer: Transfer }): ReactNode {
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { transfer: transfer.id };
  const common = { version: transfer.version, number: transfer.number, concerns: [['inventory'], ['finance']], onProblem: setProblem };
  return (
    <div className="page">
      <DocumentHead kind="nav.inventory.transfers" number={transfer.number} status={transfer.status} of="stock">
        <Action {...common} grave title="stock.cancel" permission="inventory.transfer.create" when={transfer.status === 'open'}
          send={(header) => ask(api.POST('/api/v1/inventory/transfers/{transfer}/cancel', { params: { path, header } }))} />
        <Action {...common} primary title="stock.ship" permission="inventory.transfer.ship" when={transfer.status === 'open'}
          send={(header) => ask(api.POST('/api/v1/inventory/transfers/{transfer}/ship', { params: { path, header } }))} />
        <Action {...common} primary title="stock.receive" permission="inventory.transfer.receive" when={transfer.status === 'in_transit'}
          send={(header) => ask(api.POST('/api/v1/inventory/transfers/{transfer}/receive', { params: { path, header } }))} />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={WAY} now={transfer.status} of="stock" />
        <Facts
          facts={[
            { title: 'f.from_warehouse', value: <Named kind="warehouses" code={transfer.from_warehouse} /> },
            { title: 'f.to_warehouse', value: <Named kind="warehouses" code={transfer.to_warehouse} /> },
            { title: 'f.business_date', value: transfer.business_date },
            { title: 'f.recorded_at', value: <Moment value={transfer.recorded_at} /> },
          ]}
        />
      </Panel>
      <Panel title="doc.lines">
        <Lines
          rows={transfer.lines}
          rowKey={(line) => line.line}
          columns={[
            { title: 'f.line', cell: (line) => line.line },
            { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
            { title: 'f.lot', cell: (line) => line.lot },
            { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
            { title: 'f.quantity_received', numeric: true, cell: (line) => <Quantity value={line.received} /> },
            { title: 'f.cost', numeric: true, cell: (line) => <Money value={line.cost} /> },
          ]}
        />
      </Panel>
      <Vouchers source={transfer.number} />
    </div>
  );
}

export default function TransferPage(): ReactNode {
  return (
    <One
      permission="inventory.transfer.read"
      queryKey={['inventory', 'transfers']}
      load={(transfer) => ask(api.GET('/api/v1/inventory/transfers/{transfer}', { params: { path: { transfer } } }))}
    >
      {(transfer) => <Body transfer={transfer} />}
    </One>
  );
}
