import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';

type Row = Schemas['identity_UserView'];

const path = (row: Row): string => `/system/users/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'users',
  title: 'nav.system.users',
  permission: 'identity.user.read',
  queryKey: ['identity', 'users'],
  load: ({ filters: { active, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/identity/users', { params: { query: { ...filters, ...paging, ...(active ? { active: active === 'true' } : {}) } } })),
  rowKey: (row) => row.id,
  open: path,
  create: { path: '/system/users/new', permission: 'identity.user.create' },
  filters: [
    { name: 'username', title: 'f.username', kind: 'text' },
    { name: 'role', title: 'f.role', kind: 'text' },
    { name: 'active', title: 'f.status', kind: 'choice', values: ['true', 'false'], words: { true: 'v.active', false: 'v.inactive' } },
  ],
  columns: [
    link('username', 'f.username', (row) => row.username, path),
    text('name', 'f.name', (row) => row.name),
    { key: 'active', title: 'f.status', cell: (row) => <StatusTag status={row.active ? 'active' : 'inactive'} />, text: (row) => String(row.active) },
    text('roles', 'f.roles', (row) => row.roles.join(', ')),
    text('companies', 'f.companies', (row) => row.companies.join(', ')),
    text('warehouses', 'f.warehouses', (row) => row.warehouses.join(', '), { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Users(): ReactNode {
  return <ListPage spec={spec} />;
}
