import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_TransferView'];

const path = (row: Row): string => `/inventory/transfers/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'transfers',
  title: 'nav.inventory.transfers',
  permission: 'inventory.transfer.read',
  queryKey: ['inventory', 'transfers'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/transfers', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  create: { path: '/inventory/transfers/new', permission: 'inventory.transfer.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'from_warehouse', title: 'f.from_warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'to_warehouse', title: 'f.to_warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['open', 'in_transit', 'received', 'cancelled'], of: 'stock' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status, { of: 'stock' }),
    named('from_warehouse', 'f.from_warehouse', 'warehouses', (row) => row.from_warehouse),
    named('to_warehouse', 'f.to_warehouse', 'warehouses', (row) => row.to_warehouse),
    text('lines', 'doc.lines', (row) => row.lines.map((line) => line.item).join(', ')),
    text('business_date', 'f.business_date', (row) => row.business_date),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Transfers(): ReactNode {
  return <ListPage spec={spec} />;
}
