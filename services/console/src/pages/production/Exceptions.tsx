import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { item, named, quantity, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_ExceptionView'];

const GRAVE = new Set(['past_due', 'start_in_past', 'no_bom', 'demand_past_due', 'below_safety']);

function Kind({ kind }: { kind: string }): ReactNode {
  const { value } = useWords();
  return <span className={`tag ${GRAVE.has(kind) ? 'tag-bad' : 'tag-warn'}`}>{value(kind, 'making')}</span>;
}

const spec: ListSpec<Row> = {
  id: 'plan-exceptions',
  title: 'nav.production.exceptions',
  permission: 'production.plan.read',
  queryKey: ['production', 'exceptions'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/production/mrp/exceptions', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => [row.kind, row.item, row.warehouse, row.document, row.day, row.quantity].join('/'),
  byCompany: true,
  filters: [
    {
      name: 'kind', title: 'f.kind', kind: 'choice', of: 'making',
      values: ['expedite', 'postpone', 'cancel', 'past_due', 'below_safety', 'start_in_past', 'no_bom', 'demand_past_due'],
    },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
  ],
  columns: [
    { key: 'kind', title: 'f.kind', cell: (row) => <Kind kind={row.kind} />, text: (row) => row.kind, sort: 'kind' },
    { ...item<Row>((row) => row.item), sort: 'item' },
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('document', 'f.document', (row) => row.document),
    quantity('quantity', 'f.quantity', (row) => row.quantity),
    text('day', 'f.day', (row) => row.day, { sort: 'day' }),
    text('to_day', 'f.to_day', (row) => row.to_day),
  ],
};

export default function Exceptions(): ReactNode {
  return <ListPage spec={spec} />;
}
