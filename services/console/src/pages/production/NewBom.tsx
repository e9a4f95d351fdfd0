import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Fields, given, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { EntryName } from '../EntryName';

const columns: EntryColumn[] = [
  { name: 'item', title: 'f.component', kind: 'lookup', of: 'items', width: 190 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 110 },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 60, show: (line) => line.entry?.unit },
  { name: 'scrap_rate', title: 'f.scrap_rate', kind: 'decimal', width: 100 },
  { name: 'operation', title: 'f.operation', kind: 'decimal', width: 80 },
];
const head: FieldSpec[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', need: true },
  { name: 'base_quantity', title: 'f.base_quantity', kind: 'decimal' },
  { name: 'yield_rate', title: 'f.yield_rate', kind: 'decimal' },
  { name: 'revision', title: 'f.revision', kind: 'text' },
  { name: 'valid_from', title: 'f.valid_from', kind: 'date' },
  { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
];

export default function NewBom(): ReactNode {
  const [values, setValues] = useState<FieldValues>({});
  return (
    <Allowed permission="production.bom.add">
      <EntryForm<Schemas['production_BomIn'], Schemas['production_BomView']>
        kind="nav.production.boms"
        submit="do.save"
        columns={columns}
        list="components"
        headPointers={head.map((field) => `/${field.name}`)}
        head={(problem) => (
          <Fields fields={head} values={values} problem={problem} onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        )}
        body={(company, lines) => ({
          ...given<Schemas['production_BomIn']>(values),
          company,
          components: lines.map(({ values: { operation = '', ...cell } }) => ({
            ...given<Schemas['production_ComponentIn']>(cell),
            ...(operation ? { operation: Number(operation) } : {}),
          })),
        })}
        send={(body, header) => ask(api.POST('/api/v1/production/boms', { params: { header }, body }))}
        concerns={[['production']]}
        to={(bom) => `/production/boms/${bom.id}`}
        back="/production/boms"
      />
    </Allowed>
  );
}
