import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, status, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { Party } from './Party';

type Row = Schemas['finance_AdvanceView'];

const path = (row: Row): string => `/finance/advances/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'advances',
  title: 'nav.finance.advances',
  permission: 'finance.advance.read',
  queryKey: ['finance', 'advances'],
  load: ({ filters: { open_only: left, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/finance/advances', { params: { query: { ...filters, ...paging, ...(left ? { open_only: true } : {}) } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  create: { path: '/finance/advances/new', permission: 'finance.advance.enter' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'direction', title: 'f.direction', kind: 'choice', values: ['received', 'paid'], of: 'advance' },
    { name: 'partner', title: 'f.partner', kind: 'text' },
    { name: 'open_only', title: 'advance.openOnly', kind: 'choice', values: ['true'], words: { true: 'advance.stillOpen' } },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    status((row) => row.status, { of: 'advance' }),
    word('direction', 'f.direction', (row) => row.direction, { of: 'advance' }),
    { ...text<Row>('partner', 'f.partner', (row) => row.partner), cell: (row) => <Party direction={row.direction} code={row.partner} /> },
    text('business_date', 'f.business_date', (row) => row.business_date),
    money('amount', 'f.amount', (row) => row.amount),
    money('open_amount', 'advance.left', (row) => row.open_amount),
    text('reference', 'f.reference', (row) => row.reference),
    text('account', 'f.account', (row) => row.account, { extra: true }),
    text('bank_account', 'f.bank_account', (row) => row.bank_account, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function Advances(): ReactNode {
  return <ListPage spec={spec} />;
}
