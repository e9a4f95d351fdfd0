import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { YesNo } from '../../parts/show';

type Row = Schemas['identity_RoleView'];

const path = (row: Row): string => `/system/roles/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'roles',
  title: 'nav.system.roles',
  permission: 'identity.role.read',
  queryKey: ['identity', 'roles'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/identity/roles', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  create: { path: '/system/roles/new', permission: 'identity.role.create' },
  filters: [{ name: 'code', title: 'f.code', kind: 'text' }],
  columns: [
    link('code', 'f.code', (row) => row.code, path),
    text('name', 'f.name', (row) => row.name),
    text('name_en', 'f.name_en', (row) => row.name_en),
    { key: 'ready_made', title: 'people.ready', cell: (row) => <YesNo value={row.ready_made} />, text: (row) => String(row.ready_made) },
    { key: 'second_factor', title: 'f.second_factor', cell: (row) => <YesNo value={row.second_factor} />, text: (row) => String(row.second_factor) },
    text('permissions', 'f.permissions', (row) => row.permissions.join(', ')),
  ],
};

export default function Roles(): ReactNode {
  return <ListPage spec={spec} />;
}
