import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { today } from '../../lib/dates';
import { Asking } from '../../parts/document/Asking';
import { ListPage } from '../../parts/list/ListPage';
import { item, link, named, quantity, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { reportBody, reportFields } from './Order';

export type Job = Schemas['production_JobView'];

/** Report work on a job, for the order as it stands now. */
export function ReportJob({ job }: { job: Job }): ReactNode {
  return (
    <Asking
      small
      title="making.report"
      permission="production.order.report"
      number={job.number}
      fields={reportFields([job])}
      first={{ operation: String(job.operation) }}
      concerns={[['production'], ['inventory']]}
      send={({ ...values }, { 'Idempotency-Key': key }) =>
        ask(api.POST('/api/v1/production/orders/{ref}/report', {
          params: { path: { ref: job.order }, header: { 'Idempotency-Key': key } }, body: reportBody(values),
        }))
      }
    />
  );
}

export function DueDate({ day }: { day: string | null | undefined }): ReactNode {
  if (!day) return null;
  return day < today() ? <span className="tag tag-bad">{day}</span> : <>{day}</>;
}

const spec: ListSpec<Job> = {
  id: 'dispatch-list',
  title: 'nav.production.dispatch',
  permission: 'production.order.read',
  queryKey: ['production', 'dispatch-list'],
  load: async ({ filters: { company = '', work_centre } }) => ({
    items: await ask(api.GET('/api/v1/production/dispatch-list', { params: { query: { company, ...(work_centre ? { work_centre } : {}) } } })),
    next: null,
  }),
  rowKey: (row) => `${row.order}/${row.operation}`,
  open: (row) => `/production/orders/${row.order}`,
  byCompany: true,
  filters: [{ name: 'work_centre', title: 'f.work_centre', kind: 'lookup', of: 'work_centres' }],
  columns: [
    named('work_centre', 'f.work_centre', 'work_centres', (row) => row.work_centre),
    link('number', 'f.order_number', (row) => row.number, (row) => `/production/orders/${row.order}`),
    item((row) => row.item),
    text('operation', 'f.operation', (row) => String(row.operation), { numeric: true }),
    quantity('left', 'f.left', (row) => row.left),
    quantity('waiting', 'f.waiting', (row) => row.waiting),
    quantity('hours', 'f.hours', (row) => row.hours),
    { key: 'due_date', title: 'f.due_date', cell: (row) => <DueDate day={row.due_date} />, text: (row) => row.due_date ?? '' },
    { key: 'report', title: 'making.report', cell: (row) => <ReportJob job={row} />, text: () => '' },
  ],
};

export default function Dispatch(): ReactNode {
  return <ListPage spec={spec} />;
}

