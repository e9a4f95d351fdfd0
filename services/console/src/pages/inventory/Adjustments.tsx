import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { sum } from '../../lib/decimal';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, money, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_AdjustmentView'];

const path = (row: Row): string => `/inventory/adjustments/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'adjustments',
  title: 'nav.inventory.adjustments',
  permission: 'inventory.adjustment.read',
  queryKey: ['inventory', 'adjustments'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/adjustments', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  create: { path: '/inventory/adjustments/new', permission: 'inventory.adjustment.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'reason', title: 'f.reason', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    word('reason', 'f.reason', (row) => row.reason),
    text('text', 'f.text', (row) => row.text),
    text('lines', 'doc.lines', (row) => row.lines.map((line) => line.item).join(', ')),
    money('amount', 'f.amount', (row) => sum(row.lines.map((line) => line.amount))),
    text('business_date', 'f.business_date', (row) => row.business_date),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Adjustments(): ReactNode {
  return <ListPage spec={spec} />;
}
