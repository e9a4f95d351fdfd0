import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { standing } from './quoted';

type Row = Schemas['sales_QuotationView'];

/** No event tells of a draft. */
const OFTEN_MS = 5_000;

const path = (row: Row): string => `/sales/quotations/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'sales-quotations',
  title: 'nav.sales.quotations',
  permission: 'sales.quotation.read',
  queryKey: ['sales', 'quotations'],
  load: ({ filters, ...paging }) =>
    ask(api.GET('/api/v1/sales/quotations', {
      params: { query: { ...filters, ...paging } },
    })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-id',
  byCompany: true,
  often: OFTEN_MS,
  create: { path: '/sales/quotations/new', permission: 'sales.quotation.draft' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['draft', 'issued', 'accepted', 'cancelled'], of: 'quotation' },
    { name: 'order_number', title: 'f.order_number', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status(standing, { of: 'quotation' }),
    named('customer', 'f.customer', 'customers', (row) => row.customer),
    text('business_date', 'f.business_date', (row) => row.business_date, { sort: 'business_date' }),
    text('valid_until', 'f.valid_until', (row) => row.valid_until, { sort: 'valid_until' }),
    money('amount_net', 'f.amount_net', (row) => row.amount_net, { sort: 'amount_net' }),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    link('order_number', 'f.order_number', (row) => row.order_number, (row) => `/sales/orders/${row.order ?? ''}`),
    text('revision', 'f.revision', (row) => String(row.revision), { extra: true, numeric: true }),
    text('requested_date', 'f.requested_date', (row) => row.requested_date, { extra: true }),
    text('reason', 'f.reason', (row) => row.reason, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function Quotations(): ReactNode {
  return <ListPage spec={spec} />;
}
