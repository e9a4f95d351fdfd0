import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['workflow_WebhookView'];

const path = (row: Row): string => `/system/webhooks/${row.id}`;

const specOf = (everybody: boolean): ListSpec<Row> => ({
  id: 'webhooks',
  title: 'nav.system.webhooks',
  permission: 'workflow.webhook.read',
  queryKey: ['workflow', 'webhooks'],
  load: ({ filters: { status: state }, ...paging }) =>
    ask(api.GET('/api/v1/workflow/webhooks', {
      params: { query: { ...paging, everybody, ...(state ? { status: state as 'on' } : {}) } },
    })),
  rowKey: (row) => row.id,
  open: path,
  create: { path: '/system/webhooks/new', permission: 'workflow.webhook.change' },
  filters: [{ name: 'status', title: 'f.status', kind: 'choice', values: ['on', 'paused', 'off'] }],
  columns: [
    link('url', 'f.url', (row) => row.url, path),
    status((row) => row.status),
    text('description', 'f.description', (row) => row.description),
    text('types', 'f.types', (row) => row.types.join(', ')),
    text('companies', 'f.companies', (row) => row.companies.join(', ')),
    text('owner_name', 'f.owner', (row) => row.owner_name),
    text('failures', 'f.failures', (row) => String(row.failures), { numeric: true }),
    moment('succeeded_at', 'f.succeeded_at', (row) => row.succeeded_at),
    moment('retry_at', 'f.retry_at', (row) => row.retry_at, { extra: true }),
  ],
});
const OWN = specOf(false);
const ALL = specOf(true);

export default function Webhooks(): ReactNode {
  const may = useMay();
  return <ListPage spec={may('workflow.webhook.administer') ? ALL : OWN} />;
}
