import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_IssueView'];

const path = (row: Row): string => `/inventory/issues/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'issues',
  title: 'nav.inventory.issues',
  permission: 'inventory.issue.read',
  queryKey: ['inventory', 'issues'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/issues', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  byCompany: true,
  create: { path: '/inventory/issues/new', permission: 'inventory.issue.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'cost_collector', title: 'f.cost_collector', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    text('cost_collector', 'f.cost_collector', (row) => row.cost_collector),
    word('destination', 'f.destination', (row) => row.destination, { of: 'issue' }),
    text('lines', 'doc.lines', (row) => row.lines.map((line) => line.item).join(', ')),
    money('cost', 'f.cost', (row) => row.cost),
    text('business_date', 'f.business_date', (row) => row.business_date),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Issues(): ReactNode {
  return <ListPage spec={spec} />;
}
