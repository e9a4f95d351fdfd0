import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';

type Row = Schemas['identity_ClientView'];

const path = (row: Row): string => `/system/clients/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'clients',
  title: 'nav.system.clients',
  permission: 'identity.client.read',
  queryKey: ['identity', 'clients'],
  load: ({ filters: { active, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/identity/clients', { params: { query: { ...filters, ...paging, ...(active ? { active: active === 'true' } : {}) } } })),
  rowKey: (row) => row.id,
  open: path,
  create: { path: '/system/clients/new', permission: 'identity.client.create' },
  filters: [
    { name: 'client_id', title: 'f.client_id', kind: 'text' },
    { name: 'active', title: 'f.status', kind: 'choice', values: ['true', 'false'], words: { true: 'v.active', false: 'v.inactive' } },
  ],
  columns: [
    link('client_id', 'f.client_id', (row) => row.client_id, path),
    text('name', 'f.name', (row) => row.name),
    { key: 'active', title: 'f.status', cell: (row) => <StatusTag status={row.active ? 'active' : 'inactive'} />, text: (row) => String(row.active) },
    text('roles', 'f.roles', (row) => row.roles.join(', ')),
    text('companies', 'f.companies', (row) => row.companies.join(', ')),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Clients(): ReactNode {
  return <ListPage spec={spec} />;
}
