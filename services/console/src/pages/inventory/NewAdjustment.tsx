import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Fields, given, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { EntryName } from '../EntryName';

const columns: EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 190 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 110 },
  { name: 'unit_cost', title: 'f.unit_cost', kind: 'decimal', width: 110 },
  { name: 'lot', title: 'f.lot', kind: 'text', width: 120 },
  { name: 'expiry', title: 'f.expiry_date', kind: 'date', width: 130 },
];
const head: FieldSpec[] = [
  { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses', need: true },
  { name: 'reason', title: 'f.reason', kind: 'text', need: true },
  { name: 'text', title: 'f.text', kind: 'text' },
];

export default function NewAdjustment(): ReactNode {
  const { t } = useWords();
  const [values, setValues] = useState<FieldValues>({});
  return (
    <Allowed permission="inventory.adjustment.create">
      <EntryForm<Schemas['inventory_AdjustmentIn'], Schemas['inventory_AdjustmentView']>
        kind="nav.inventory.adjustments"
        submit="stock.adjust"
        columns={columns}
        headPointers={head.map((field) => `/${field.name}`)}
        head={(problem) => (
          <Fields fields={head} values={values} problem={problem} onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        )}
        body={(company, lines) => {
          const { warehouse = '', ...rest } = values;
          return {
            ...given<Schemas['inventory_AdjustmentIn']>(rest),
            company,
            lines: lines.map((line) => ({
              ...given<Schemas['inventory_AdjustmentLineIn']>(line.values), warehouse: String(warehouse),
            })),
          };
        }}
        send={(body, header) => ask(api.POST('/api/v1/inventory/adjustments', { params: { header }, body }))}
        concerns={[['inventory'], ['finance']]}
        to={(adjustment) => `/inventory/adjustments/${adjustment.id}`}
        back="/inventory/adjustments"
        totals={() => <span className="quiet">{t('stock.signHint')}</span>}
      />
    </Allowed>
  );
}
