import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { link, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';
import { WordCell } from '../../parts/words';

type Row = Schemas['masterdata_PartnerRecord'];

const path = (row: Row): string => `/masterdata/partners/${encodeURIComponent(row.code)}`;
const standing = (row: Row): string => (row.blocked ? 'blocked' : row.active === false ? 'inactive' : 'active');

function Roles({ roles }: { roles: readonly string[] }): ReactNode {
  const { value } = useWords();
  return roles.map(value).join(', ');
}

const spec: ListSpec<Row> = {
  id: 'partners',
  title: 'nav.masterdata.partners',
  permission: 'masterdata.partner.read',
  queryKey: ['masterdata', 'partners'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/masterdata/partners', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: 'code',
  create: { path: '/masterdata/partners/new', permission: 'masterdata.partner.create' },
  filters: [
    { name: 'q', title: 'f.q', kind: 'text' },
    { name: 'role', title: 'f.role', kind: 'choice', values: ['customer', 'supplier'] },
    { name: 'active', title: 'f.status', kind: 'choice', values: ['true', 'false'], words: { true: 'v.active', false: 'v.inactive' } },
  ],
  columns: [
    link('code', 'f.code', (row) => row.code, path, { sort: 'code' }),
    text('name', 'f.name', (row) => row.name),
    text('name_en', 'f.name_en', (row) => row.name_en),
    { ...text<Row>('roles', 'f.roles', (row) => row.roles.join(' ')), cell: (row) => <Roles roles={row.roles} /> },
    text('payment_term', 'f.payment_term', (row) => row.payment_term),
    text('tax_id', 'f.tax_id', (row) => row.tax_id),
    { ...text<Row>('billing_policy', 'f.billing_policy', (row) => row.billing_policy), cell: (row) => <WordCell word={row.billing_policy} /> },
    text('region', 'f.region', (row) => row.region),
    { ...text<Row>('status', 'f.status', standing), cell: (row) => <StatusTag status={standing(row)} /> },
  ],
};

export default function Partners(): ReactNode {
  return <ListPage spec={spec} />;
}
