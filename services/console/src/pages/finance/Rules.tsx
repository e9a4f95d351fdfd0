import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { link, status, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['finance_RuleView'];

const path = (row: Row): string => `/finance/posting-rules/${encodeURIComponent(row.code)}`;

function Said({ row }: { row: Row }): ReactNode {
  const { either } = useWords();
  return either(row.text, row.text_en);
}

const spec: ListSpec<Row> = {
  id: 'posting-rules',
  title: 'nav.finance.rules',
  permission: 'finance.posting_rule.read',
  queryKey: ['finance', 'rules'],
  load: async ({ filters: { company = '', topic } }) =>
    ask(api.GET('/api/v1/finance/posting-rules', { params: { query: { company, ...(topic ? { topic } : {}) } } })),
  rowKey: (row) => row.code,
  open: path,
  byCompany: true,
  filters: [{ name: 'topic', title: 'f.topic', kind: 'text' }],
  columns: [
    link('code', 'f.code', (row) => row.code, path),
    { ...text<Row>('text', 'f.text', (row) => row.text), cell: (row) => <Said row={row} /> },
    text('topic', 'f.topic', (row) => row.topic),
    word('voucher_type', 'f.voucher_type', (row) => row.voucher_type),
    status((row) => (row.active ? 'active' : 'inactive'), { of: 'rule' }),
    text('lines', 'rule.lines', (row) => row.lines.map((line) => line.account || Object.values(line.accounts).join('/')).join(' · ')),
    text('version', 'f.version', (row) => String(row.version), { numeric: true }),
  ],
};

export default function Rules(): ReactNode {
  return <ListPage spec={spec} />;
}
