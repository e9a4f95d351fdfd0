import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { isZero } from '../../lib/decimal';
import { Asking } from '../../parts/document/Asking';
import { textOf, ticked, type FieldSpec } from '../../parts/entry/Fields';
import { ListPage } from '../../parts/list/ListPage';
import { item, moment, named, quantity, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { Quantity } from '../../parts/show';

type Row = Schemas['inventory_ReorderRuleView'];

const fields: FieldSpec[] = [
  { name: 'minimum', title: 'f.minimum', kind: 'decimal', need: true },
  { name: 'maximum', title: 'f.maximum', kind: 'decimal', need: true },
  { name: 'active', title: 'f.active', kind: 'tick' },
];

function Edit({ row }: { row: Row }): ReactNode {
  return (
    <Asking
      small
      title="do.edit"
      permission="inventory.reorder_rule.change"
      number={row.item}
      fields={fields}
      first={{ minimum: row.minimum, maximum: row.maximum, active: row.active }}
      concerns={[['inventory', 'reorder-rules'], ['purchasing', 'requisitions']]}
      send={(values) =>
        ask(api.PATCH('/api/v1/inventory/reorder-rules/{rule}', {
          params: { path: { rule: row.id }, header: forVersion(row.version) },
          body: { minimum: textOf(values, 'minimum'), maximum: textOf(values, 'maximum'), active: ticked(values, 'active') },
        }))
      }
    />
  );
}

const spec: ListSpec<Row> = {
  id: 'reorder-rules',
  title: 'nav.inventory.reorder',
  permission: 'inventory.reorder_rule.read',
  queryKey: ['inventory', 'reorder-rules'],
  load: ({ filters: { low, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/inventory/reorder-rules', {
      params: { query: { ...filters, ...paging, ...(low === 'true' || low === 'false' ? { low } : {}) } },
    })),
  rowKey: (row) => row.id,
  byCompany: true,
  create: { path: '/inventory/reorder-rules/new', permission: 'inventory.reorder_rule.change' },
  filters: [
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'low', title: 'f.low', kind: 'choice', values: ['true', 'false'], words: { true: 'reorder.low', false: 'reorder.enough' } },
  ],
  columns: [
    item((row) => row.item),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    quantity('minimum', 'f.minimum', (row) => row.minimum),
    quantity('maximum', 'f.maximum', (row) => row.maximum),
    text('unit', 'f.unit', (row) => row.unit),
    {
      ...quantity<Row>('missing', 'f.missing', (row) => row.missing),
      cell: (row) => (isZero(row.missing) ? <Quantity value={row.missing} /> : <span className="tag tag-warn"><Quantity value={row.missing} /></span>),
    },
    status((row) => (row.active ? 'active' : 'inactive')),
    moment('changed_at', 'f.changed_at', (row) => row.changed_at),
    { key: 'edit', title: 'do.edit', cell: (row) => <Edit row={row} />, text: () => '' },
  ],
};

export default function ReorderRules(): ReactNode {
  return <ListPage spec={spec} />;
}
