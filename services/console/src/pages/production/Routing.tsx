import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { today } from '../../lib/dates';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { textOf } from '../../parts/entry/Fields';
import { ItemName, Named, Quantity } from '../../parts/show';

type Routing = Schemas['production_RoutingView'];

function Body({ routing }: { routing: Routing }): ReactNode {
  return (
    <div className="page">
      <DocumentHead kind="nav.production.routings" number={routing.number} status={routing.status} of="making">
        <Asking
          grave
          title="making.end"
          permission="production.routing.end"
          when={routing.status === 'active'}
          version={routing.version}
          number={routing.number}
          fields={[{ name: 'valid_to', title: 'f.valid_to', kind: 'date', need: true }]}
          first={{ valid_to: today() }}
          concerns={[['production']]}
          send={(values) =>
            ask(api.PATCH('/api/v1/production/routings/{ref}', {
              params: { path: { ref: routing.id }, header: forVersion(routing.version) }, body: { valid_to: textOf(values, 'valid_to') },
            }))
          }
        />
      </DocumentHead>
      <Panel>
        <Facts
          facts={[
            { title: 'f.item', value: <ItemName code={routing.item} /> },
            { title: 'f.revision', value: routing.revision },
            { title: 'f.warehouse', value: routing.warehouse && <Named kind="warehouses" code={routing.warehouse} /> },
            { title: 'f.valid_from', value: routing.valid_from },
            { title: 'f.valid_to', value: routing.valid_to },
          ]}
        />
      </Panel>
      <Panel title="making.operations">
        <Lines
          rows={routing.operations}
          rowKey={(operation) => operation.operation}
          columns={[
            { title: 'f.operation', cell: (each) => each.operation },
            { title: 'f.work_centre', cell: (each) => <Named kind="work_centres" code={each.work_centre} /> },
            { title: 'f.description', cell: (each) => each.description },
            { title: 'f.setup_hours', numeric: true, cell: (each) => <Quantity value={each.setup_hours} /> },
            { title: 'f.run_hours', numeric: true, cell: (each) => <Quantity value={each.run_hours} /> },
            { title: 'f.queue_hours', numeric: true, cell: (each) => <Quantity value={each.queue_hours} /> },
            { title: 'f.setup_family', cell: (each) => each.setup_family },
            { title: 'f.supplier', cell: (each) => <Named kind="suppliers" code={each.supplier} /> },
          ]}
        />
      </Panel>
    </div>
  );
}

export default function RoutingPage(): ReactNode {
  return (
    <One
      permission="production.routing.read"
      queryKey={['production', 'routings']}
      load={(ref) => ask(api.GET('/api/v1/production/routings/{ref}', { params: { path: { ref } } }))}
    >
      {(routing) => <Body routing={routing} />}
    </One>
  );
}
