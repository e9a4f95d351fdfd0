import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { Makers } from './Makers';

type Row = Schemas['finance_DraftView'];

const OFTEN_MS = 5_000;

const path = (row: Row): string => `/finance/voucher-drafts/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'voucher-drafts',
  title: 'nav.finance.drafts',
  permission: 'finance.voucher_draft.read',
  queryKey: ['finance', 'voucher-drafts'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/voucher-drafts', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  often: OFTEN_MS,
  create: { path: '/finance/voucher-drafts/new', permission: 'finance.voucher_draft.write' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['draft', 'submitted', 'posted', 'cancelled'], of: 'draft' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status, { of: 'draft' }),
    text('text', 'f.text', (row) => row.text),
    text('posting_date', 'f.posting_date', (row) => row.posting_date),
    money('amount', 'f.amount', (row) => row.amount),
    { ...text<Row>('makers', 'f.makers', (row) => row.makers.join(', ')), cell: (row) => <Makers subjects={row.makers} /> },
    text('reference', 'f.reference', (row) => row.reference, { extra: true }),
    text('returned_because', 'draft.returned', (row) => row.returned_because),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function Drafts(): ReactNode {
  return <ListPage spec={spec} />;
}
