import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { WordCell } from '../../parts/words';

type Row = Schemas['purchasing_RequisitionView'];

const path = (row: Row): string => `/purchasing/requisitions/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'requisitions',
  title: 'nav.purchasing.requisitions',
  permission: 'purchasing.requisition.read',
  queryKey: ['purchasing', 'requisitions'],
  load: ({ filters, ...paging }) =>
    ask(api.GET('/api/v1/purchasing/requisitions', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  create: { path: '/purchasing/requisitions/new', permission: 'purchasing.requisition.raise' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['open', 'ordered', 'cancelled'] },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status),
    { ...text<Row>('origin', 'f.origin', (row) => row.origin), cell: (row) => <WordCell word={row.origin} /> },
    text('item', 'f.item', (row) => row.lines.map((line) => line.item).join(', ')),
    text('warehouse', 'f.warehouse', (row) => [...new Set(row.lines.map((line) => line.warehouse))].join(', ')),
    text('supplier', 'f.supplier', (row) => [...new Set(row.lines.map((line) => line.supplier ?? ''))].filter(Boolean).join(', ')),
    text('due_date', 'f.due_date', (row) => row.lines.map((line) => line.due_date ?? '').filter(Boolean).sort()[0]),
    text('business_date', 'f.business_date', (row) => row.business_date),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function Requisitions(): ReactNode {
  return <ListPage spec={spec} />;
}
