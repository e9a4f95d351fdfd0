import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { percent } from '../../lib/decimal';
import { today } from '../../lib/dates';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { textOf } from '../../parts/entry/Fields';
import { ItemName, Named, Quantity } from '../../parts/show';
import { WordCell } from '../../parts/words';
import { Structure, WhereUsed } from './structure';

type Bom = Schemas['production_BomView'];

function Body({ bom }: { bom: Bom }): ReactNode {
  const outputs = bom.outputs ?? [];
  return (
    <div className="page">
      <DocumentHead kind="nav.production.boms" number={bom.number} status={bom.status} of="making">
        <Asking
          grave
          title="making.end"
          permission="production.bom.end"
          when={bom.status === 'active'}
          version={bom.version}
          number={bom.number}
          fields={[{ name: 'valid_to', title: 'f.valid_to', kind: 'date', need: true }]}
          first={{ valid_to: today() }}
          concerns={[['production']]}
          send={(values) =>
            ask(api.PATCH('/api/v1/production/boms/{ref}', {
              params: { path: { ref: bom.id }, header: forVersion(bom.version) }, body: { valid_to: textOf(values, 'valid_to') },
            }))
          }
        />
      </DocumentHead>
      <Panel>
        <Facts
          facts={[
            { title: 'f.item', value: <ItemName code={bom.item} /> },
            { title: 'f.revision', value: bom.revision },
            { title: 'f.base_quantity', value: <Quantity value={bom.base_quantity} /> },
            { title: 'f.yield_rate', value: percent(bom.yield_rate ?? '1') },
            { title: 'f.warehouse', value: bom.warehouse && <Named kind="warehouses" code={bom.warehouse} /> },
            { title: 'f.valid_from', value: bom.valid_from },
            { title: 'f.valid_to', value: bom.valid_to },
          ]}
        />
      </Panel>
      <Structure parts={bom.components} />
      {outputs.length > 0 && (
        <Panel title="making.outputsCount">
          <Lines
            rows={outputs}
            rowKey={(output) => output.line}
            columns={[
              { title: 'f.item', cell: (output) => <ItemName code={output.item} /> },
              { title: 'f.kind', cell: (output) => <WordCell word={output.kind} of="making" /> },
              { title: 'f.quantity', numeric: true, cell: (output) => <Quantity value={output.quantity} unit={output.unit} /> },
            ]}
          />
        </Panel>
      )}
      <WhereUsed item={bom.item} />
    </div>
  );
}

export default function BomPage(): ReactNode {
  return (
    <One
      permission="production.bom.read"
      queryKey={['production', 'boms']}
      load={(ref) => ask(api.GET('/api/v1/production/boms/{ref}', { params: { path: { ref } } }))}
    >
      {(bom) => <Body bom={bom} />}
    </One>
  );
}
