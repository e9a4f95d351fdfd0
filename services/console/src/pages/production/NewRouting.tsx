import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Fields, given, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';

const STEP = 10;
const columns: EntryColumn[] = [
  { name: 'work_centre', title: 'f.work_centre', kind: 'lookup', of: 'work_centres', width: 190 },
  { name: 'description', title: 'f.description', kind: 'text' },
  { name: 'setup_hours', title: 'f.setup_hours', kind: 'decimal', width: 110 },
  { name: 'run_hours', title: 'f.run_hours', kind: 'decimal', width: 110 },
  { name: 'queue_hours', title: 'f.queue_hours', kind: 'decimal', width: 110 },
  { name: 'setup_family', title: 'f.setup_family', kind: 'text', width: 120 },
];
const head: FieldSpec[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', need: true },
  { name: 'revision', title: 'f.revision', kind: 'text' },
  { name: 'valid_from', title: 'f.valid_from', kind: 'date' },
  { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
];

export default function NewRouting(): ReactNode {
  const [values, setValues] = useState<FieldValues>({});
  return (
    <Allowed permission="production.routing.add">
      <EntryForm<Schemas['production_RoutingIn'], Schemas['production_RoutingView']>
        kind="nav.production.routings"
        submit="do.save"
        columns={columns}
        list="operations"
        headPointers={head.map((field) => `/${field.name}`)}
        head={(problem) => (
          <Fields fields={head} values={values} problem={problem} onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        )}
        body={(company, lines) => ({
          ...given<Schemas['production_RoutingIn']>(values),
          company,
          operations: lines.map(({ values: cell }, index) => ({
            ...given<Schemas['production_OperationIn']>(cell),
            operation: (index + 1) * STEP,
          })),
        })}
        send={(body, header) => ask(api.POST('/api/v1/production/routings', { params: { header }, body }))}
        concerns={[['production']]}
        to={(routing) => `/production/routings/${routing.id}`}
        back="/production/routings"
      />
    </Allowed>
  );
}
