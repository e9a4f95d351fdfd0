import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { sum } from '../../lib/decimal';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';
import { WordCell } from '../../parts/words';

type Adjustment = Schemas['inventory_AdjustmentView'];

function Body({ adjustment }: { adjustment: Adjustment }): ReactNode {
  return (
    <div className="page">
      <DocumentHead kind="nav.inventory.adjustments" number={adjustment.number} status={adjustment.status} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.reason', value: <WordCell word={adjustment.reason} /> },
            { title: 'f.text', value: adjustment.text },
            { title: 'f.business_date', value: adjustment.business_date },
            { title: 'f.recorded_at', value: <Moment value={adjustment.recorded_at} /> },
          ]}
        />
      </Panel>
      <Panel title="doc.lines">
        <Lines
          rows={adjustment.lines}
          rowKey={(line) => line.line}
          columns={[
            { title: 'f.line', cell: (line) => line.line, foot: '' },
            { title: 'f.item', cell: (line) => <ItemName code={line.item} />, foot: '' },
            { title: 'f.warehouse', cell: (line) => <Named kind="warehouses" code={line.warehouse} />, foot: '' },
            { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} />, foot: '' },
            { title: 'f.amount', numeric: true, cell: (line) => <Money value={line.amount} />, foot: <Money value={sum(adjustment.lines.map((line) => line.amount))} /> },
          ]}
        />
      </Panel>
      <Vouchers source={adjustment.number} />
    </div>
  );
}

export default function AdjustmentPage(): ReactNode {
  return (
    <One
      permission="inventory.adjustment.read"
      queryKey={['inventory', 'adjustments']}
      load={(adjustment) => ask(api.GET('/api/v1/inventory/adjustments/{adjustment}', { params: { path: { adjustment } } }))}
    >
      {(adjustment) => <Body adjustment={adjustment} />}
    </One>
  );
}
