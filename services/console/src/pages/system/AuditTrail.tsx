import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { SERVICES } from '../../api/rights';
import { ListPage } from '../../parts/list/ListPage';
import { moment, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { Actor } from '../../parts/Actor';
import { changesOf, useDeed, useSaid } from '../../parts/document/Audit';
import { useWords } from '../../i18n';

type Row = Schemas['workflow_AuditEntryView'];

function Deed({ row }: { row: Row }): ReactNode {
  const deed = useDeed();
  return <span title={row.action}>{deed(row.action)}</span>;
}

function Changes({ row }: { row: Row }): ReactNode {
  const { field } = useWords();
  const tell = useSaid();
  const said = changesOf(row.before, row.after).map((each) => `${field(each.name)}: ${tell(each.before) || '–'} → ${tell(each.after) || '–'}`).join(' · ');
  return <span title={said}>{said}</span>;
}

const spec: ListSpec<Row> = {
  id: 'audit-entries',
  title: 'nav.system.audit',
  permission: 'workflow.audit_entry.read',
  queryKey: ['workflow', 'audit'],
  load: ({ filters: { outcome, since, until, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/workflow/audit-entries', {
      params: { query: {
        ...filters, ...paging,
        ...(outcome ? { outcome: outcome as 'done' } : {}),
        ...(since ? { since: `${since}T00:00:00+08:00` } : {}), ...(until ? { until: `${until}T23:59:59+08:00` } : {}),
      } },
    })),
  rowKey: (row) => `${row.service}/${row.seq}`,
  filters: [
    { name: 'service', title: 'f.service', kind: 'choice', values: SERVICES },
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'actor', title: 'f.actor', kind: 'text' },
    { name: 'address', title: 'f.address', kind: 'text' },
    { name: 'action', title: 'f.action', kind: 'text' },
    { name: 'outcome', title: 'f.outcome', kind: 'choice', values: ['done', 'refused'] },
    { name: 'since', title: 'f.date_from', kind: 'date' },
    { name: 'until', title: 'f.date_to', kind: 'date' },
  ],
  columns: [
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
    { key: 'actor', title: 'f.actor', cell: (row) => <Actor subject={row.actor} />, text: (row) => row.actor },
    { key: 'action', title: 'f.action', cell: (row) => <Deed row={row} />, text: (row) => row.action },
    text('number', 'f.number', (row) => row.number),
    status((row) => row.outcome),
    { key: 'changes', title: 'audit.changes', cell: (row) => <Changes row={row} />, text: (row) => JSON.stringify([row.before, row.after]) },
    text('code', 'f.reason', (row) => row.code),
    text('service', 'f.service', (row) => row.service),
    text('company', 'f.company', (row) => row.company),
    text('address', 'f.address', (row) => row.address),
    text('client', 'nav.system.clients', (row) => row.client, { extra: true }),
    text('request_id', 'f.request_id', (row) => row.request_id, { extra: true }),
    text('trace', 'problem.trace', (row) => row.trace, { extra: true }),
  ],
};

export default function AuditTrail(): ReactNode {
  return <ListPage spec={spec} />;
}
