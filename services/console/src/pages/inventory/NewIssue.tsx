import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Fields, given, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { EntryName } from '../EntryName';

const DESTINATIONS = ['work_in_process', 'expense'] as const;

const columns: EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 190 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 110 },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 60, show: (line) => line.entry?.unit },
  { name: 'lot', title: 'f.lot', kind: 'text', width: 140 },
];

export default function NewIssue(): ReactNode {
  const { value } = useWords();
  const [values, setValues] = useState<FieldValues>({ destination: 'work_in_process' });
  const head: FieldSpec[] = [
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses', need: true },
    { name: 'cost_collector', title: 'f.cost_collector', kind: 'text', need: true },
    {
      name: 'destination', title: 'f.destination', kind: 'choice', need: true,
      options: DESTINATIONS.map((each) => ({ value: each, label: value(each, 'issue') })),
    },
    { name: 'business_date', title: 'f.business_date', kind: 'date' },
  ];
  return (
    <Allowed permission="inventory.issue.create">
      <EntryForm<Schemas['inventory_IssueIn'], Schemas['inventory_IssueView']>
        kind="nav.inventory.issues"
        submit="issue.issue"
        columns={columns}
        headPointers={head.map((field) => `/${field.name}`)}
        head={(problem) => (
          <Fields fields={head} values={values} problem={problem} onChange={(name, next) => setValues((now) => ({ ...now, [name]: next }))} />
        )}
        body={(company, lines) => {
          const { warehouse = '', ...rest } = values;
          return {
            ...given<Schemas['inventory_IssueIn']>(rest),
            company,
            lines: lines.map((line) => ({
              ...given<Schemas['inventory_IssueLineIn']>(line.values), warehouse: String(warehouse).trim(),
            })),
          };
        }}
        send={(body, header) => ask(api.POST('/api/v1/inventory/issues', { params: { header }, body }))}
        concerns={[['inventory'], ['finance']]}
        to={(issue) => `/inventory/issues/${issue.id}`}
        back="/inventory/issues"
      />
    </Allowed>
  );
}
