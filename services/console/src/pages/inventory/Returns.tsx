import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_ReturnView'];

const path = (row: Row): string => `/inventory/returns/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'goods-returns',
  title: 'nav.inventory.returns',
  permission: 'inventory.return.read',
  queryKey: ['inventory', 'returns'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/returns', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-id',
  byCompany: true,
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['quarantine', 'inspected', 'returned'] },
    { name: 'order', title: 'f.order', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status),
    text('authorisation_number', 'f.authorisation_number', (row) => row.authorisation_number),
    text('order_number', 'f.order', (row) => row.order_number),
    text('partner', 'f.partner', (row) => row.partner),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('business_date', 'f.business_date', (row) => row.business_date),
    money('cost', 'f.cost', (row) => row.cost),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function GoodsReturns(): ReactNode {
  return <ListPage spec={spec} />;
}
