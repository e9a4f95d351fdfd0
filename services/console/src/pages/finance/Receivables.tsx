import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { WordCell } from '../../parts/words';

type Row = Schemas['finance_OpenItemView'];

const spec: ListSpec<Row> = {
  id: 'receivables',
  title: 'nav.finance.receivables',
  permission: 'finance.receivable.read',
  queryKey: ['finance', 'receivables'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/receivables', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  byCompany: true,
  sort: 'due_date',
  filters: [
    { name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' },
    { name: 'order', title: 'f.order', kind: 'text' },
    { name: 'settled', title: 'f.settled', kind: 'choice', values: ['true', 'false'], words: { true: 'state.yes', false: 'state.no' } },
  ],
  columns: [
    { ...text<Row>('document_type', 'f.document_type', (row) => row.document_type), cell: (row) => <WordCell word={row.document_type} /> },
    text('number', 'f.number', (row) => row.number, { sort: 'number' }),
    status((row) => row.status),
    named('customer', 'f.customer', 'customers', (row) => row.customer),
    text('order', 'f.order', (row) => row.order_number),
    text('business_date', 'f.business_date', (row) => row.business_date),
    text('due_date', 'f.due_date', (row) => row.due_date, { sort: 'due_date' }),
    text('days_overdue', 'f.days_overdue', (row) => (row.days_overdue > 0 ? String(row.days_overdue) : ''), { numeric: true }),
    money('amount', 'f.amount', (row) => row.amount),
    money('open_amount', 'f.open_amount', (row) => row.open_amount),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function Receivables(): ReactNode {
  return <ListPage spec={spec} />;
}
