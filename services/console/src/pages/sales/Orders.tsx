import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['sales_OrderSummary'];

const path = (row: Row): string => `/sales/orders/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'sales-orders',
  title: 'nav.sales.orders',
  permission: 'sales.order.read',
  queryKey: ['sales', 'orders'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/sales/orders', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-placed_at',
  byCompany: true,
  create: { path: '/sales/orders/new', permission: 'sales.order.place' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    {
      name: 'status', title: 'f.status', kind: 'choice',
      values: ['on_hold', 'pending', 'processing', 'completed', 'closed', 'cancelling', 'cancelled'],
    },
    { name: 'date_from', title: 'f.date_from', kind: 'date' },
    { name: 'date_to', title: 'f.date_to', kind: 'date' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status),
    named('customer', 'f.customer', 'customers', (row) => row.customer),
    text('business_date', 'f.business_date', (row) => row.business_date),
    text('requested_date', 'f.requested_date', (row) => row.requested_date),
    text('promised_date', 'f.promised_date', (row) => row.promised_date),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    money('amount_open', 'f.amount_open', (row) => row.amount_open),
    money('amount_shipped', 'f.amount_shipped', (row) => row.amount_shipped),
    money('amount_invoiced', 'f.amount_invoiced', (row) => row.amount_invoiced),
    money('amount_paid', 'f.amount_paid', (row) => row.amount_paid),
    money('amount_net', 'f.amount_net', (row) => row.amount_net, { extra: true }),
    text('priority', 'f.priority', (row) => String(row.priority), { extra: true, numeric: true }),
    text('channel_number', 'f.channel_number', (row) => row.channel_number, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function Orders(): ReactNode {
  return <ListPage spec={spec} />;
}
