import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { sum } from '../../lib/decimal';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, quantity, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_ReceiptView'];

const path = (row: Row): string => `/inventory/receipts/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'receipts',
  title: 'nav.inventory.receipts',
  permission: 'inventory.receipt.read',
  queryKey: ['inventory', 'receipts'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/receipts', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-id',
  byCompany: true,
  create: { path: '/inventory/receipts/new', permission: 'inventory.receipt.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'purchase_order', title: 'f.purchase_order', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    link('purchase_order', 'f.purchase_order', (row) => row.purchase_order_number, (row) => `/purchasing/orders/${row.purchase_order}`),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('business_date', 'f.business_date', (row) => row.business_date),
    quantity('accepted', 'f.accepted', (row) => sum(row.lines.map((line) => line.accepted), 0)),
    quantity('rejected', 'f.rejected', (row) => sum(row.lines.map((line) => line.rejected), 0)),
    money('amount', 'f.amount', (row) => row.amount),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Receipts(): ReactNode {
  return <ListPage spec={spec} />;
}
