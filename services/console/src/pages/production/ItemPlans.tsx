import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useWords, type Words } from '../../i18n';
import { Asking } from '../../parts/document/Asking';
import { given, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { ListPage } from '../../parts/list/ListPage';
import { item, named, quantity, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_ItemPlanView'];

const LOT_RULES = ['lot_for_lot', 'fixed', 'period', 'economic', 'up_to'] as const;
const SOURCES = ['buy', 'make', 'transfer', 'phantom'] as const;

/** How an item is planned: what may be said of it at any time. */
export const planFields = ({ value }: Words): FieldSpec[] => [
  { name: 'source', title: 'f.procurement', kind: 'choice', options: SOURCES.map((each) => ({ value: each, label: value(each, 'making') })) },
  { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
  { name: 'transfer_from', title: 'f.from_warehouse', kind: 'lookup', of: 'warehouses' },
  { name: 'lead_time_days', title: 'f.lead_time_days', kind: 'decimal' },
  { name: 'safety_stock', title: 'f.safety_stock', kind: 'decimal' },
  { name: 'lot_rule', title: 'plan.lotRule', kind: 'choice', need: true, options: LOT_RULES.map((each) => ({ value: each, label: value(each, 'plan') })) },
  { name: 'lot_quantity', title: 'plan.lotQuantity', kind: 'decimal' },
  { name: 'lot_minimum', title: 'plan.lotMinimum', kind: 'decimal' },
  { name: 'lot_maximum', title: 'plan.lotMaximum', kind: 'decimal' },
  { name: 'lot_multiple', title: 'plan.lotMultiple', kind: 'decimal' },
];

export function planBody<Body>(values: FieldValues): Body {
  const { lead_time_days: days = '', ...rest } = values;
  return { ...given<Body>(rest), ...(days ? { lead_time_days: Number(days) } : {}) };
}

function Edit({ row }: { row: Row }): ReactNode {
  const words = useWords();
  return (
    <Asking
      small
      title="do.edit"
      permission="production.item_plan.change"
      number={row.item}
      fields={planFields(words)}
      first={{
        source: row.source ?? '', supplier: row.supplier, transfer_from: row.transfer_from, lead_time_days: String(row.lead_time_days ?? ''),
        safety_stock: row.safety_stock ?? '', lot_rule: row.lot_rule, lot_quantity: row.lot_quantity, lot_minimum: row.lot_minimum,
        lot_maximum: row.lot_maximum, lot_multiple: row.lot_multiple,
      }}
      concerns={[['production']]}
      send={(values) =>
        ask(api.PATCH('/api/v1/production/item-plans/{ref}', {
          params: { path: { ref: row.id }, header: forVersion(row.version) },
          body: planBody<Schemas['production_ItemPlanChange']>(values),
        }))
      }
    />
  );
}

const spec: ListSpec<Row> = {
  id: 'item-plans',
  title: 'nav.production.itemPlans',
  permission: 'production.item_plan.read',
  queryKey: ['production', 'item-plans'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/production/item-plans', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  byCompany: true,
  create: { path: '/production/item-plans/new', permission: 'production.item_plan.add' },
  filters: [
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
  ],
  columns: [
    item((row) => row.item),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    word('source', 'f.procurement', (row) => row.source, { of: 'making' }),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier),
    named('transfer_from', 'f.from_warehouse', 'warehouses', (row) => row.transfer_from),
    text('lead_time_days', 'f.lead_time_days', (row) => (row.lead_time_days === null ? '' : String(row.lead_time_days)), { numeric: true }),
    quantity('safety_stock', 'f.safety_stock', (row) => row.safety_stock),
    word('lot_rule', 'plan.lotRule', (row) => row.lot_rule, { of: 'plan' }),
    quantity('lot_quantity', 'plan.lotQuantity', (row) => row.lot_quantity),
    quantity('lot_minimum', 'plan.lotMinimum', (row) => row.lot_minimum),
    quantity('lot_maximum', 'plan.lotMaximum', (row) => row.lot_maximum),
    quantity('lot_multiple', 'plan.lotMultiple', (row) => row.lot_multiple),
    { key: 'edit', title: 'do.edit', cell: (row) => <Edit row={row} />, text: () => '' },
  ],
};

export default function ItemPlans(): ReactNode {
  return <ListPage spec={spec} />;
}
