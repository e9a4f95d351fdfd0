import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['finance_InvoiceView'];

const path = (row: Row): string => `/finance/invoices/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'invoices',
  title: 'nav.finance.invoices',
  permission: 'finance.invoice.read',
  queryKey: ['finance', 'invoices'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/invoices', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-number',
  byCompany: true,
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' },
    { name: 'order', title: 'f.order', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    status((row) => row.status),
    named('customer', 'f.customer', 'customers', (row) => row.customer),
    link('order', 'f.order', (row) => row.order_number, (row) => `/sales/orders/${row.order}`),
    text('business_date', 'f.business_date', (row) => row.business_date, { sort: 'business_date' }),
    text('due_date', 'f.due_date', (row) => row.due_date),
    money('amount_net', 'f.amount_net', (row) => row.amount_net),
    money('amount_tax', 'f.amount_tax', (row) => row.amount_tax),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    money('open_amount', 'f.open_amount', (row) => row.open_amount),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function Invoices(): ReactNode {
  return <ListPage spec={spec} />;
}
