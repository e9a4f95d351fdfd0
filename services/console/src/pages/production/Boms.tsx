import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { item, link, named, quantity, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_BomView'];

const path = (row: Row): string => `/production/boms/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'boms',
  title: 'nav.production.boms',
  permission: 'production.bom.read',
  queryKey: ['production', 'boms'],
  load: ({ filters: { status: state, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/production/boms', { params: { query: { ...filters, ...paging, ...(state ? { status: state as 'active' } : {}) } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  create: { path: '/production/boms/new', permission: 'production.bom.add' },
  filters: [
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'component', title: 'f.component', kind: 'lookup', of: 'items' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['active', 'ended'], of: 'making' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status, { of: 'making' }),
    item((row) => row.item),
    text('revision', 'f.revision', (row) => row.revision),
    quantity('base_quantity', 'f.base_quantity', (row) => row.base_quantity),
    quantity('yield_rate', 'f.yield_rate', (row) => row.yield_rate),
    text('components', 'making.components', (row) => String(row.components.length), { numeric: true }),
    text('outputs', 'making.outputsCount', (row) => String(row.outputs?.length ?? 0), { numeric: true, extra: true }),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('valid_from', 'f.valid_from', (row) => row.valid_from),
    text('valid_to', 'f.valid_to', (row) => row.valid_to),
  ],
};

export default function Boms(): ReactNode {
  return <ListPage spec={spec} />;
}
