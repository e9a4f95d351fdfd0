import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import dayjs from 'dayjs';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { useWords } from '../../i18n';
import { Panel } from '../../parts/document/Document';
import { time } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';

type Bar = Schemas['production_BarView'];

const DAY_MS = 86_400_000;
const SPANS = ['3', '7', '14', '30'];

export interface GanttRow {
  centre: string;
  unit: number;
  bars: Bar[];
}

/** Bars by work centre and its units, and how many begin after the span. */
export function rowsOf(bars: readonly Bar[], from: number, until: number): { rows: GanttRow[]; beyond: number } {
  const rows = new Map<string, GanttRow>();
  let beyond = 0;
  for (const bar of bars) {
    if (Date.parse(bar.setup_start) >= until) {
      beyond += 1;
      continue;
    }
    if (Date.parse(bar.end) <= from) continue;
    const key = `${bar.job.work_centre}/${bar.unit}`;
    const row = rows.get(key) ?? { centre: bar.job.work_centre, unit: bar.unit, bars: [] };
    row.bars.push(bar);
    rows.set(key, row);
  }
  return { rows: [...rows.values()].sort((left, right) => left.centre.localeCompare(right.centre) || left.unit - right.unit), beyond };
}

function Gantt({ bars, days }: { bars: readonly Bar[]; days: number }): ReactNode {
  const { t } = useWords();
  const from = dayjs().startOf('day').valueOf();
  const until = from + days * DAY_MS;
  const { rows, beyond } = rowsOf(bars, from, until);
  const at = (moment: number): number => (Math.min(Math.max(moment, from), until) - from) / (until - from) * 100;
  const span = (start: string, end: string): { left: string; width: string } => {
    const left = at(Date.parse(start));
    return { left: `${left}%`, width: `${Math.max(at(Date.parse(end)) - left, 0.15)}%` };
  };
  if (rows.length === 0) return <Empty>{t('making.noJobs')}</Empty>;
  return (
    <>
      <div className="scroll-x" tabIndex={0} role="group" aria-label={t('nav.production.schedule')}>
        <div className="gantt">
          <div className="gantt-name">{t('f.work_centre')}</div>
          <div className="gantt-head">
            {Array.from({ length: days }, (_, day) => (
              <span key={day} className="gantt-day" style={{ left: `${(day / days) * 100}%`, width: `${100 / days}%` }}>
                {dayjs(from + day * DAY_MS).format(days > 14 ? 'DD' : 'MM-DD')}
              </span>
            ))}
          </div>
          {rows.map((row) => (
            <Row key={`${row.centre}/${row.unit}`} row={row} days={days} span={span} />
          ))}
        </div>
      </div>
      {beyond > 0 && <p className="panel-body quiet">{t('making.beyond', { count: beyond })}</p>}
    </>
  );
}

function Row({ row, days, span }: { row: GanttRow; days: number; span: (start: string, end: string) => { left: string; width: string } }): ReactNode {
  const { t } = useWords();
  const name = t('making.unit', { centre: row.centre, unit: row.unit + 1 });
  return (
    <>
      <div className="gantt-name" title={name}>
        {name}
      </div>
      <div className="gantt-row">
        {Array.from({ length: days }, (_, day) => (
          <span key={day} className="gantt-day" style={{ left: `${(day / days) * 100}%` }} />
        ))}
        {row.bars.map((bar) => {
          const key = `${bar.job.order}/${bar.job.operation}`;
          const about = `${bar.job.number}/${bar.job.operation} ${bar.job.item} · ${time(bar.start)} – ${time(bar.end)}`;
          return (
            <span key={key}>
              {bar.setup_start !== bar.start && (
                <span className="gantt-setup" style={span(bar.setup_start, bar.start)} title={t('making.setup')} />
              )}
              <Link
                to={`/production/orders/${bar.job.order}`}
                className={`gantt-bar ${bar.late ? 'late' : ''}`}
                style={span(bar.start, bar.end)}
                title={about}
                aria-label={about}
              >
                {bar.job.number}/{bar.job.operation}
              </Link>
            </span>
          );
        })}
      </div>
    </>
  );
}

function Page(): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const [params, setParams] = useSearchParams();
  const days = SPANS.find((each) => each === params.get('days')) ?? '7';
  const query = useQuery({
    queryKey: ['production', 'schedule', company],
    queryFn: () => ask(api.GET('/api/v1/production/schedule', { params: { query: { company } } })),
    refetchInterval: interval,
    enabled: company !== '',
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.production.schedule')}</h1>
        <div className="actions">
          <Segmented
            value={days}
            onChange={(next) => setParams({ days: next }, { replace: true })}
            options={SPANS.map((each) => ({ value: each, label: t('making.horizon', { count: each }) }))}
          />
        </div>
      </div>
      <Panel>
        <Loaded query={query}>{(bars) => <Gantt bars={bars} days={Number(days)} />}</Loaded>
      </Panel>
    </div>
  );
}

export default function Schedule(): ReactNode {
  return (
    <Allowed permission="production.order.read">
      <Page />
    </Allowed>
  );
}
