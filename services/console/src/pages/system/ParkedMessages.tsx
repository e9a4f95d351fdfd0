import type { ReactNode } from 'react';

import { api, ask } from '../../api/client';
import { SERVICES } from '../../api/rights';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import type { Parked } from './parked';

const path = (row: Parked): string => `/system/parked/${row.service}/${row.event_id}`;

const spec: ListSpec<Parked> = {
  id: 'parked-messages',
  title: 'nav.system.parked',
  permission: 'operations.parked.read',
  queryKey: ['parked'],
  load: ({ filters: { status: state, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/workflow/parked-messages', {
      params: { query: { ...filters, ...paging, ...(state ? { status: state as 'parked' } : {}) } },
    })),
  rowKey: (row) => row.service + row.event_id,
  open: path,
  often: 5_000,
  filters: [
    { name: 'service', title: 'f.service', kind: 'choice', values: SERVICES },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['parked', 'waiting'] },
    { name: 'topic', title: 'f.topic', kind: 'text' },
    { name: 'key', title: 'f.key', kind: 'text' },
  ],
  columns: [
    text('service', 'f.service', (row) => row.service),
    status((row) => row.status, { of: 'parked' }),
    link('topic', 'f.topic', (row) => row.topic, path),
    text('key', 'f.key', (row) => row.key),
    text('company', 'f.company', (row) => row.company),
    text('reason', 'f.reason', (row) => row.reason),
    moment('parked_at', 'f.parked_at', (row) => row.parked_at),
  ],
};

export default function ParkedMessages(): ReactNode {
  return <ListPage spec={spec} />;
}
