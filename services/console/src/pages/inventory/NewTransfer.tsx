import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Fields, given, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { EntryName } from '../EntryName';

const columns: EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 190 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 110 },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 60, show: (line) => line.entry?.unit },
  { name: 'lot', title: 'f.lot', kind: 'text', width: 130 },
];
const head: FieldSpec[] = [
  { name: 'from_warehouse', title: 'f.from_warehouse', kind: 'lookup', of: 'warehouses', need: true },
  { name: 'to_warehouse', title: 'f.to_warehouse', kind: 'lookup', of: 'warehouses', need: true },
];

export default function NewTransfer(): ReactNode {
  const [values, setValues] = useState<FieldValues>({});
  return (
    <Allowed permission="inventory.transfer.create">
      <EntryForm<Schemas['inventory_TransferIn'], Schemas['inventory_TransferView']>
        kind="nav.inventory.transfers"
        submit="stock.transfer"
        columns={columns}
        headPointers={head.map((field) => `/${field.name}`)}
        head={(problem) => (
          <Fields fields={head} values={values} problem={problem} onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        )}
        body={(company, lines) => ({
          ...given<Schemas['inventory_TransferIn']>(values),
          company,
          lines: lines.map((line) => given<Schemas['inventory_TransferLineIn']>(line.values)),
        })}
        send={(body, header) => ask(api.POST('/api/v1/inventory/transfers', { params: { header }, body }))}
        concerns={[['inventory']]}
        to={(transfer) => `/inventory/transfers/${transfer.id}`}
        back="/inventory/transfers"
      />
    </Allowed>
  );
}
