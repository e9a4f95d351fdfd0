import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { DirectionTag } from './Direction';

type Row = Schemas['finance_PaymentView'];

const path = (row: Row): string => `/finance/payments/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'payments',
  title: 'nav.finance.payments',
  permission: 'finance.payment.read',
  queryKey: ['finance', 'payments'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/payments', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-number',
  byCompany: true,
  create: { path: '/finance/payments/new', permission: 'finance.payment.enter' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'direction', title: 'f.direction', kind: 'choice', values: ['received', 'paid'], words: { received: 'v.receipt', paid: 'v.paid' } },
    { name: 'partner', title: 'f.partner', kind: 'text' },
    { name: 'order', title: 'f.order', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    { ...text<Row>('direction', 'f.direction', (row) => row.direction), cell: (row) => <DirectionTag direction={row.direction} /> },
    text('partner', 'f.partner', (row) => row.partner),
    text('business_date', 'f.business_date', (row) => row.business_date, { sort: 'business_date' }),
    money('amount', 'f.amount', (row) => row.amount),
    money('on_account', 'f.on_account', (row) => row.on_account),
    text('order', 'f.order', (row) => row.order_number),
    text('reference', 'f.reference', (row) => row.reference),
    text('bank_account', 'f.bank_account', (row) => row.bank_account, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function Payments(): ReactNode {
  return <ListPage spec={spec} />;
}
