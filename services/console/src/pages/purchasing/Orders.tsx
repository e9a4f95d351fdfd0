import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['purchasing_OrderView'];

const path = (row: Row): string => `/purchasing/orders/${row.id}`;

/** The earliest day on which something of the order is due. */
const due = (row: Row): string => row.lines.map((line) => line.due_date).sort()[0] ?? '';

const spec: ListSpec<Row> = {
  id: 'purchase-orders',
  title: 'nav.purchasing.orders',
  permission: 'purchasing.order.read',
  queryKey: ['purchasing', 'orders'],
  load: ({ filters, ...paging }) =>
    ask(api.GET('/api/v1/purchasing/orders', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  create: { path: '/purchasing/orders/new', permission: 'purchasing.order.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    {
      name: 'status', title: 'f.status', kind: 'choice',
      values: ['draft', 'submitted', 'approved', 'partly_received', 'received', 'closed', 'cancelled'],
    },
    { name: 'due_before', title: 'f.due_before', kind: 'date' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    status((row) => row.status),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('business_date', 'f.business_date', (row) => row.business_date),
    text('due_date', 'f.due_date', due),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    money('amount_net', 'f.amount_net', (row) => row.amount_net, { extra: true }),
    text('lines', 'doc.lines', (row) => String(row.lines.length), { numeric: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function PurchaseOrders(): ReactNode {
  return <ListPage spec={spec} />;
}
