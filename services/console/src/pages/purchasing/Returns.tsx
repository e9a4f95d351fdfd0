import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['purchasing_ReturnView'];

const path = (row: Row): string => `/purchasing/returns/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'purchase-returns',
  title: 'nav.purchasing.returns',
  permission: 'purchasing.return.read',
  queryKey: ['purchasing', 'returns'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/purchasing/returns', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['draft', 'authorised', 'returned', 'cancelled'] },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier),
    link('order', 'f.order', (row) => row.purchase_order_number, (row) => `/purchasing/orders/${row.purchase_order}`),
    text('reason', 'f.reason', (row) => row.reason),
    text('business_date', 'f.business_date', (row) => row.business_date),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function PurchaseReturns(): ReactNode {
  return <ListPage spec={spec} />;
}
