import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['sales_PriceListSummary'];

/** No event tells of a price list. */
const OFTEN_MS = 15_000;

const path = (row: Row): string => `/sales/price-lists/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'price-lists',
  title: 'nav.sales.priceLists',
  permission: 'sales.price_list.read',
  queryKey: ['sales', 'price-lists'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/sales/price-lists', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: 'code',
  byCompany: true,
  often: OFTEN_MS,
  create: { path: '/sales/price-lists/new', permission: 'sales.price_list.create' },
  filters: [
    { name: 'code', title: 'f.code', kind: 'text' },
    { name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['active', 'withdrawn'], of: 'price_list' },
  ],
  columns: [
    link('code', 'f.code', (row) => row.code, path, { sort: 'code' }),
    text('name', 'f.name', (row) => row.name, { sort: 'name' }),
    status((row) => row.status, { of: 'price_list' }),
    named('customer', 'f.for_customer', 'customers', (row) => row.customer, { sort: 'customer' }),
    text('valid_from', 'f.valid_from', (row) => row.valid_from, { sort: 'valid_from' }),
    text('valid_until', 'f.valid_until', (row) => row.valid_until),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function PriceLists(): ReactNode {
  return <ListPage spec={spec} />;
}
