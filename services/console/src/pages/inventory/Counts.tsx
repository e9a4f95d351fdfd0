import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { percent } from '../../lib/decimal';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_CountSummary'];

const path = (row: Row): string => `/inventory/counts/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'counts',
  title: 'nav.inventory.counts',
  permission: 'inventory.count.read',
  queryKey: ['inventory', 'counts'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/counts', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  create: { path: '/inventory/counts/new', permission: 'inventory.count.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['open', 'posted', 'cancelled'], of: 'count' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status, { of: 'count' }),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('counted', 'count.counted', (row) => `${row.counted} / ${row.lines_total}`, { numeric: true }),
    text('different', 'count.different', (row) => (row.different === null ? '' : String(row.different)), { numeric: true }),
    text('error_rate', 'count.errorRate', (row) => (row.error_rate === null ? '' : percent(row.error_rate)), { numeric: true }),
    text('text', 'f.text', (row) => row.text),
    text('adjustment_number', 'nav.inventory.adjustments', (row) => row.adjustment_number),
    text('business_date', 'f.business_date', (row) => row.business_date),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function Counts(): ReactNode {
  return <ListPage spec={spec} />;
}
