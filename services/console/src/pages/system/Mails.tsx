import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, named, status, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['workflow_MailView'];

const STATES = ['waiting', 'sent', 'not_sent', 'failed'] as const;
const OFTEN_MS = 5_000;

const path = (row: Row): string => `/system/mails/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'mails',
  title: 'nav.system.mails',
  permission: 'workflow.mail.read',
  queryKey: ['workflow', 'mails'],
  load: ({ filters: { status: wanted, ...filters }, ...paging }) => {
    const state = STATES.find((each) => each === wanted);
    return ask(api.GET('/api/v1/workflow/mails', { params: { query: { ...filters, ...paging, ...(state ? { status: state } : {}) } } }));
  },
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  often: OFTEN_MS,
  filters: [
    { name: 'number', title: 'f.document', kind: 'text' },
    { name: 'partner', title: 'f.partner', kind: 'lookup', of: 'customers' },
    { name: 'kind', title: 'f.kind', kind: 'choice', values: ['order-confirmation'], of: 'mail' },
    { name: 'status', title: 'f.status', kind: 'choice', values: STATES, of: 'mail' },
  ],
  columns: [
    link('number', 'f.document', (row) => row.number, path),
    status((row) => row.status, { of: 'mail' }),
    word('kind', 'f.kind', (row) => row.kind, { of: 'mail' }),
    named('partner', 'f.partner', 'customers', (row) => row.partner),
    text('recipient', 'f.recipient', (row) => row.recipient),
    text('reason_text', 'f.reason', (row) => row.reason_text),
    text('attempts', 'f.attempts', (row) => String(row.attempts), { numeric: true }),
    moment('sent_at', 'f.sent_at', (row) => row.sent_at),
    moment('due_at', 'f.due_at', (row) => row.due_at, { extra: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function Mails(): ReactNode {
  return <ListPage spec={spec} />;
}
