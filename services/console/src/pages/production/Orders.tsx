import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { item, link, moment, named, quantity, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_OrderView'];

export const STATUSES = ['planned', 'released', 'completed', 'closed', 'cancelled'] as const;
const path = (row: Row): string => `/production/orders/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'production-orders',
  title: 'nav.production.orders',
  permission: 'production.order.read',
  queryKey: ['production', 'orders'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/production/orders', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  create: { path: '/production/orders/new', permission: 'production.order.add' },
  bulk: {
    title: 'making.release',
    permission: 'production.order.release',
    can: (row) => row.status === 'planned',
    send: async (orders, header) => {
      await ask(api.POST('/api/v1/production/orders:release', { params: { header }, body: { orders: [...orders] } }));
      return [];
    },
    concerns: [['production'], ['inventory']],
  },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'status', title: 'f.status', kind: 'choice', values: STATUSES, of: 'making' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status, { of: 'making' }),
    item((row) => row.item),
    quantity('quantity', 'f.quantity', (row) => row.quantity),
    text('unit', 'f.unit', (row) => row.unit),
    quantity('quantity_good', 'f.quantity_good', (row) => row.quantity_good),
    quantity('quantity_scrapped', 'f.quantity_scrapped', (row) => row.quantity_scrapped),
    quantity('quantity_completed', 'f.quantity_completed', (row) => row.quantity_completed),
    text('start_date', 'f.start_date', (row) => row.start_date),
    text('due_date', 'f.due_date', (row) => row.due_date),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('business_date', 'f.business_date', (row) => row.business_date, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function ProductionOrders(): ReactNode {
  return <ListPage spec={spec} />;
}
