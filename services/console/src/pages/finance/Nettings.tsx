import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['finance_NettingView'];

const path = (row: Row): string => `/finance/nettings/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'nettings',
  title: 'nav.finance.nettings',
  permission: 'finance.netting.read',
  queryKey: ['finance', 'nettings'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/nettings', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  create: { path: '/finance/nettings/new', permission: 'finance.netting.enter' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'partner', title: 'f.partner', kind: 'lookup', of: 'customers' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path),
    named('partner', 'f.partner', 'customers', (row) => row.partner),
    text('business_date', 'f.business_date', (row) => row.business_date),
    money('receivable_before', 'f.receivable_before', (row) => row.receivable_before),
    money('payable_before', 'f.payable_before', (row) => row.payable_before),
    money('amount', 'f.amount', (row) => row.amount),
    text('reference', 'f.reference', (row) => row.reference),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function Nettings(): ReactNode {
  return <ListPage spec={spec} />;
}
