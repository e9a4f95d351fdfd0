import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { LookupField } from '../../parts/LookupField';
import { EntryName } from '../EntryName';

const columns: EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 190 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 110 },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 60, show: (line) => line.entry?.unit },
  { name: 'due_date', title: 'f.due_date', kind: 'date', width: 140 },
];

export default function NewRequisition(): ReactNode {
  const [warehouse, setWarehouse] = useState('');
  const [supplier, setSupplier] = useState('');
  return (
    <Allowed permission="purchasing.requisition.raise">
      <EntryForm<Schemas['purchasing_RequisitionIn'], Schemas['purchasing_RequisitionView']>
        kind="nav.purchasing.requisitions"
        submit="purchasing.raise"
        columns={columns}
        headPointers={[]}
        head={(problem) => (
          <>
            <LookupField title="f.warehouse" kind="warehouses" need autoFocus value={warehouse} onChange={setWarehouse} problem={problem} pointer="/lines/0/warehouse" />
            <LookupField title="f.supplier" kind="suppliers" value={supplier} onChange={setSupplier} problem={problem} pointer="/lines/0/supplier" />
          </>
        )}
        body={(company, lines) => ({
          company,
          lines: lines.map(({ values }) => ({
            item: values['item'] ?? '',
            quantity: values['quantity'] ?? '',
            warehouse,
            ...(supplier ? { supplier } : {}),
            ...(values['due_date'] ? { due_date: values['due_date'] } : {}),
          })),
        })}
        send={(body, header) => ask(api.POST('/api/v1/purchasing/requisitions', { params: { header }, body }))}
        concerns={[['purchasing']]}
        to={(out) => `/purchasing/requisitions/${out.id}`}
        back="/purchasing/requisitions"
      />
    </Allowed>
  );
}
