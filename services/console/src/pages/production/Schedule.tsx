import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import dayjs from 'dayjs';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { problemOf } from '../../api/problem';
import { useWords } from '../../i18n';
import { Asking } from '../../parts/document/Asking';
import { Facts, Panel } from '../../parts/document/Document';
import { textOf } from '../../parts/entry/Fields';
import { time } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';

type Bar = Schemas['production_BarView'];

const DAY_MS = 86_400_000;
type Kept = Schemas['production_KeptScheduleView'];

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
          const moved = bar.planned && bar.planned !== bar.start ? ` · ${t('making.moved', { at: time(bar.planned) })}` : '';
          const held = bar.frozen ? ` · ${t('making.frozen')}` : '';
          const about = `${bar.job.number}/${bar.job.operation} ${bar.job.item} · ${time(bar.start)} – ${time(bar.end)}${moved}${held}`;
          return (
            <span key={key}>
              {bar.setup_start !== bar.start && (
                <span className="gantt-setup" style={span(bar.setup_start, bar.start)} title={t('making.setup')} />
              )}
              <Link
                to={`/production/orders/${bar.job.order}`}
                className={`gantt-bar ${bar.late ? 'late' : ''} ${bar.frozen ? 'frozen' : ''} ${moved ? 'moved' : ''}`}
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

/** The kept schedule's slots as bars: nothing in it is told late, as it only says where everything stands. */
export const barsOf = (kept: Kept): Bar[] =>
  kept.slots.map((slot) => ({
    job: {
      order: slot.order, number: slot.number, item: slot.item, operation: slot.operation, work_centre: slot.work_centre,
      due_date: null, hours: '0', left: '0', waiting: '0',
    },
    unit: slot.unit, setup_start: slot.setup_start, start: slot.start, end: slot.end, frozen: slot.frozen, late: false, planned: null,
  }));

function KeptSchedule({ company, days }: { company: string; days: number }): ReactNode {
  const { t } = useWords();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['production', 'schedule', 'kept', company],
    queryFn: () => ask(api.GET('/api/v1/production/schedule/kept', { params: { query: { company } } })),
    refetchInterval: interval,
  });
  if (query.isError && problemOf(query.error).status === 404) return <Empty>{t('making.noneKept')}</Empty>;
  return (
    <Loaded query={query}>
      {(kept) => (
        <>
          <Facts
            facts={[
              { title: 'f.number', value: kept.number },
              { title: 'f.as_of', value: time(kept.as_of) },
              { title: 'f.freeze_until', value: time(kept.freeze_until) },
            ]}
          />
          <Gantt bars={barsOf(kept)} days={days} />
        </>
      )}
    </Loaded>
  );
}

function Keep({ company }: { company: string }): ReactNode {
  const { t } = useWords();
  const [, setParams] = useSearchParams();
  return (
    <Asking
      primary
      title="making.keep"
      permission="production.schedule.keep"
      when={company !== ''}
      note={<p className="panel-body quiet">{t('making.keepNote')}</p>}
      fields={[{ name: 'freeze_minutes', title: 'f.freeze_minutes', kind: 'decimal' }]}
      first={{ freeze_minutes: '0' }}
      concerns={[['production']]}
      send={(values, { 'Idempotency-Key': key }) =>
        ask(api.POST('/api/v1/production/schedule', {
          params: { header: { 'Idempotency-Key': key } }, body: { company, freeze_minutes: Number(textOf(values, 'freeze_minutes') || '0') },
        }))
      }
      onDone={() => setParams((now) => new URLSearchParams([...[...now].filter(([name]) => name !== 'of'), ['of', 'kept']]), { replace: true })}
    />
  );
}

function Page(): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const [params, setParams] = useSearchParams();
  const kept = params.get('of') === 'kept';
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
            onChange={(next) => setParams({ days: next, ...(kept ? { of: 'kept' } : {}) }, { replace: true })}
            options={SPANS.map((each) => ({ value: each, label: t('making.horizon', { count: each }) }))}
          />
          <Segmented
            value={kept ? 'kept' : 'now'}
            onChange={(next) => setParams({ days, ...(next === 'kept' ? { of: 'kept' } : {}) }, { replace: true })}
            options={[
              { value: 'now', label: t('making.now') },
              { value: 'kept', label: t('making.kept') },
            ]}
          />
          <Keep company={company} />
        </div>
      </div>
      <Panel>
        <Loaded query={query}>
          {(bars) => {
            if (!kept) return <Gantt bars={bars} days={Number(days)} />;
            return <KeptSchedule company={company} days={Number(days)} />;
          }}
        </Loaded>
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
