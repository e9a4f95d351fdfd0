import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { link, text } from '../../parts/list/make';
import type { Column, ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';

type Row = Schemas['identity_TotalView'];

const path = (row: Row): string => `/system/clients/${row.id}`;

/** How many requests a second; a client without a limit of its own has the one that holds for everybody. */
export function Limit({ value }: { value: number }): ReactNode {
  const { t } = useWords();
  return value > 0 ? value : <span className="quiet">{t('usage.common')}</span>;
}

/** Counts that should be none are marked where they are some. */
function Unwanted({ value }: { value: number }): ReactNode {
  return value > 0 ? <span className="tag tag-warn figure">{value}</span> : value;
}

const count = (key: 'calls' | 'refused' | 'limited' | 'failed', title: Column<Row>['title']): Column<Row> => ({
  key, title, numeric: true, sort: key,
  cell: (row) => (key === 'limited' || key === 'failed' ? <Unwanted value={row[key]} /> : row[key]),
  text: (row) => String(row[key]),
});

const spec: ListSpec<Row> = {
  id: 'usage',
  title: 'nav.system.usage',
  permission: 'identity.client.read',
  queryKey: ['identity', 'usage'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/identity/usage', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-calls',
  often: 10_000,
  filters: [
    { name: 'since', title: 'f.date_from', kind: 'date' },
    { name: 'until', title: 'f.date_to', kind: 'date' },
  ],
  columns: [
    link('client_id', 'f.client_id', (row) => row.client_id, path, { sort: 'client_id' }),
    text('name', 'f.name', (row) => row.name),
    { key: 'active', title: 'f.status', cell: (row) => <StatusTag status={row.active ? 'active' : 'inactive'} />, text: (row) => String(row.active) },
    {
      key: 'requests_per_second', title: 'f.requests_per_second', numeric: true,
      cell: (row) => <Limit value={row.requests_per_second} />, text: (row) => String(row.requests_per_second),
    },
    count('calls', 'usage.calls'),
    count('refused', 'usage.refused'),
    count('limited', 'usage.limited'),
    count('failed', 'usage.failed'),
    text('last_day', 'usage.lastDay', (row) => row.last_day),
  ],
};

export default function Usage(): ReactNode {
  return <ListPage spec={spec} />;
}
