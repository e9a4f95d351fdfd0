import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['finance_BillView'];

const path = (row: Row): string => `/finance/bills/${row.id}`;

function Reasons({ reasons }: { reasons: readonly string[] }): ReactNode {
  const { value } = useWords();
  return reasons.map(value).join(', ');
}

const spec: ListSpec<Row> = {
  id: 'bills',
  title: 'nav.finance.bills',
  permission: 'finance.bill.read',
  queryKey: ['finance', 'bills'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/bills', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-number',
  byCompany: true,
  create: { path: '/finance/bills/new', permission: 'finance.bill.enter' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['blocked', 'matched', 'posted', 'cancelled'] },
    { name: 'purchase_order', title: 'f.purchase_order', kind: 'text' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    status((row) => row.status),
    text('supplier_number', 'f.supplier_number', (row) => row.supplier_number),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier),
    link('purchase_order', 'f.purchase_order', (row) => row.purchase_order_number, (row) => `/purchasing/orders/${row.purchase_order}`),
    text('business_date', 'f.business_date', (row) => row.business_date, { sort: 'business_date' }),
    text('due_date', 'f.due_date', (row) => row.due_date, { sort: 'due_date' }),
    money('amount_gross', 'f.amount_gross', (row) => row.amount_gross),
    money('open_amount', 'f.open_amount', (row) => row.open_amount),
    { ...text<Row>('block_reasons', 'f.block_reasons', (row) => row.block_reasons.join(' ')), cell: (row) => <Reasons reasons={row.block_reasons} /> },
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
  ],
};

export default function Bills(): ReactNode {
  return <ListPage spec={spec} />;
}
