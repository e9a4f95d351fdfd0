import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['sales_ReturnView'];

const path = (row: Row): string => `/sales/returns/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'sales-returns',
  title: 'nav.sales.returns',
  permission: 'sales.return.read',
  queryKey: ['sales', 'returns'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/sales/returns', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['draft', 'authorised', 'received', 'cancelled'] },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status),
    named('customer', 'f.customer', 'customers', (row) => row.customer),
    link('order', 'f.order', (row) => row.order_number, (row) => `/sales/orders/${row.order}`),
    text('reason', 'f.reason', (row) => row.reason),
    text('business_date', 'f.business_date', (row) => row.business_date),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function SalesReturns(): ReactNode {
  return <ListPage spec={spec} />;
}
