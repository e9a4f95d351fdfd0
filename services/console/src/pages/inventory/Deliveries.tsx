import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_DeliveryView'];

const path = (row: Row): string => `/inventory/deliveries/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'deliveries',
  title: 'nav.inventory.deliveries',
  permission: 'inventory.delivery.read',
  queryKey: ['inventory', 'deliveries'],
  load: ({ filters, ...paging }) =>
    ask(api.GET('/api/v1/inventory/deliveries', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-number',
  byCompany: true,
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['released', 'picked', 'shipped', 'cancelled'] },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    status((row) => row.status),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    named('customer', 'f.customer', 'customers', (row) => row.customer),
    link('order', 'f.order', (row) => row.order_number, (row) => `/sales/orders/${row.order}`),
    text('business_date', 'f.business_date', (row) => row.business_date),
    text('lines', 'doc.lines', (row) => String(row.lines.length), { numeric: true }),
    text('carrier', 'f.carrier', (row) => row.carrier),
    text('tracking_number', 'f.tracking_number', (row) => row.tracking_number),
    money('cost', 'f.cost', (row) => row.cost, { extra: true }),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Deliveries(): ReactNode {
  return <ListPage spec={spec} />;
}
