import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, moment, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { WordCell } from '../../parts/words';

type Row = Schemas['finance_VoucherView'];

const path = (row: Row): string => `/finance/vouchers/${row.id}`;

function Text({ row }: { row: Row }): ReactNode {
  const { either } = useWords();
  return either(row.text, row.text_en);
}

const spec: ListSpec<Row> = {
  id: 'vouchers',
  title: 'nav.finance.vouchers',
  permission: 'finance.voucher.read',
  queryKey: ['finance', 'vouchers'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/vouchers', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  create: { path: '/finance/vouchers/new', permission: 'finance.voucher.post' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'period', title: 'f.period', kind: 'text' },
    { name: 'account', title: 'f.account', kind: 'lookup', of: 'accounts' },
    { name: 'source', title: 'f.source', kind: 'text' },
    { name: 'partner', title: 'f.partner', kind: 'text' },
    { name: 'rule', title: 'f.rule', kind: 'text' },
    { name: 'voucher_type', title: 'f.voucher_type', kind: 'choice', values: ['receipt', 'payment', 'transfer', 'general'] },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    text('posting_date', 'f.posting_date', (row) => row.posting_date, { sort: 'posting_date' }),
    { ...text<Row>('voucher_type', 'f.voucher_type', (row) => row.voucher_type), cell: (row) => <WordCell word={row.voucher_type} /> },
    { ...text<Row>('text', 'f.text', (row) => row.text), cell: (row) => <Text row={row} /> },
    money('amount', 'f.amount', (row) => row.amount),
    {
      ...text<Row>('case_number', 'f.case_number', (row) => row.case_number),
      cell: (row) => (row.case_number ? <Link to={`/finance/vouchers?source=${encodeURIComponent(row.case_number)}`}>{row.case_number}</Link> : null),
    },
    text('rule', 'f.rule', (row) => row.rule, { extra: true }),
    text('actor', 'f.actor', (row) => row.actor, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function VouchersPage(): ReactNode {
  return <ListPage spec={spec} />;
}
