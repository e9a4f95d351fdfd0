import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';

type Row = Schemas['masterdata_WarehouseRecord'];

const path = (row: Row): string => `/masterdata/warehouses/${encodeURIComponent(row.code)}`;

const spec: ListSpec<Row> = {
  id: 'warehouses',
  title: 'nav.masterdata.warehouses',
  permission: 'masterdata.warehouse.read',
  queryKey: ['masterdata', 'warehouses'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/masterdata/warehouses', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: 'code',
  byCompany: true,
  create: { path: '/masterdata/warehouses/new', permission: 'masterdata.warehouse.create' },
  filters: [
    { name: 'q', title: 'f.q', kind: 'text' },
    { name: 'region', title: 'f.region', kind: 'text' },
  ],
  columns: [
    link('code', 'f.code', (row) => row.code, path, { sort: 'code' }),
    text('name', 'f.name', (row) => row.name),
    text('name_en', 'f.name_en', (row) => row.name_en),
    text('region', 'f.region', (row) => row.region),
    text('priority', 'f.priority', (row) => String(row.priority ?? ''), { numeric: true }),
    { ...text<Row>('status', 'f.status', (row) => (row.active ? 'active' : 'inactive')), cell: (row) => <StatusTag status={row.active ? 'active' : 'inactive'} /> },
  ],
};

export default function Warehouses(): ReactNode {
  return <ListPage spec={spec} />;
}
