import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { useCommand } from '../../parts/command';
import { ListPage } from '../../parts/list/ListPage';
import { moment, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { ProblemNote } from '../../parts/ProblemNote';
import { Button } from 'antd';

type Row = Schemas['production_RunView'];

const spec: ListSpec<Row> = {
  id: 'planning-runs',
  title: 'nav.production.runs',
  permission: 'production.plan.read',
  queryKey: ['production', 'runs'],
  load: ({ filters: { status: state, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/production/mrp/runs', {
      params: { query: { ...filters, ...paging, ...(state ? { status: state as 'queued' } : {}) } },
    })),
  rowKey: (row) => row.id,
  open: () => '/production/planned-orders',
  byCompany: true,
  filters: [{ name: 'status', title: 'f.status', kind: 'choice', values: ['queued', 'completed', 'failed'] }],
  columns: [
    text('number', 'f.number', (row) => row.number),
    status((row) => row.status),
    text('business_date', 'f.business_date', (row) => row.business_date),
    text('items', 'f.items', (row) => String(row.items), { numeric: true }),
    text('planned_orders', 'f.planned_orders', (row) => String(row.planned_orders), { numeric: true }),
    text('exceptions', 'f.exceptions', (row) => String(row.exceptions), { numeric: true }),
    text('horizon', 'f.horizon', (row) => row.horizon),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
    moment('finished_at', 'f.finished_at', (row) => row.finished_at),
    text('error', 'f.error', (row) => row.error),
  ],
};

function RunButton(): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const company = useCompanyCode();
  const run = useCommand<string, Row>((code, header) => ask(api.POST('/api/v1/production/mrp/runs', { params: { header }, body: { company: code, mode: 'full' } })), {
    concerns: [['production']], done: t('making.run'),
  });
  if (!may('production.mrp.run')) return null;
  return (
    <>
      <ProblemNote problem={run.problem} />
      <Button type="primary" loading={run.busy} disabled={company === ''} onClick={() => void run.run(company)}>
        {t('making.run')}
      </Button>
    </>
  );
}

export default function Runs(): ReactNode {
  return <ListPage spec={spec} tools={<RunButton />} />;
}
