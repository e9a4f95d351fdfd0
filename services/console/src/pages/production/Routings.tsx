import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { item, link, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_RoutingView'];

const path = (row: Row): string => `/production/routings/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'routings',
  title: 'nav.production.routings',
  permission: 'production.routing.read',
  queryKey: ['production', 'routings'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/production/routings', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  create: { path: '/production/routings/new', permission: 'production.routing.add' },
  filters: [
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['active', 'ended'], of: 'making' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status, { of: 'making' }),
    item((row) => row.item),
    text('revision', 'f.revision', (row) => row.revision),
    text('operations', 'making.operations', (row) => row.operations.map((each) => `${each.operation} ${each.work_centre}`).join(' → ')),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('valid_from', 'f.valid_from', (row) => row.valid_from),
    text('valid_to', 'f.valid_to', (row) => row.valid_to),
  ],
};

export default function Routings(): ReactNode {
  return <ListPage spec={spec} />;
}
