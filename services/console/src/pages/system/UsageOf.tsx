import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { api, ask } from '../../api/client';
import { useWords } from '../../i18n';
import { Chart } from '../../parts/Chart';
import { Lines, Panel } from '../../parts/document/Document';
import { time } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { byDay, byHour, type Bar, type Counts } from './counts';

const DAYS = 14;
const HOURS = 24;
const OFTEN_MS = 10_000;

function Bars({ label, bars, name }: { label: string; bars: readonly Bar[]; name: (bar: Bar) => string }): ReactNode {
  const { t } = useWords();
  return (
    <Chart
      label={label}
      stacked
      whole
      upright
      height={240}
      names={bars.map(name)}
      series={[
        { name: t('usage.done'), values: bars.map((bar) => bar.done) },
        { name: t('usage.refused'), values: bars.map((bar) => bar.refused) },
        { name: t('usage.limited'), values: bars.map((bar) => bar.limited) },
        { name: t('usage.failed'), values: bars.map((bar) => bar.failed) },
      ]}
    />
  );
}

const figures = [
  { title: 'usage.calls', cell: (row: Counts) => row.calls, numeric: true },
  { title: 'usage.refused', cell: (row: Counts) => row.refused, numeric: true },
  { title: 'usage.limited', cell: (row: Counts) => row.limited, numeric: true },
  { title: 'usage.failed', cell: (row: Counts) => row.failed, numeric: true },
] as const;

/** What one program asked for: its last day by the hour, the last weeks by the day. */
export function UsageOf({ client }: { client: string }): ReactNode {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['identity', 'usage', client],
    queryFn: () => ask(api.GET('/api/v1/identity/clients/{reference}/usage', { params: { path: { reference: client } } })),
    refetchInterval: OFTEN_MS,
  });
  return (
    <Loaded query={query} rows={6}>
      {({ days, hours }) => (
        <>
          <Panel title="usage.hours">
            <Bars label={t('usage.hours')} bars={byHour(hours, HOURS)} name={(bar) => time(bar.at).slice(11, 16)} />
          </Panel>
          <Panel title="usage.days">
            <Bars label={t('usage.days')} bars={byDay(days, DAYS)} name={(bar) => bar.at.slice(5)} />
            {days.length === 0 ? (
              <p className="panel-body quiet">{t('usage.none')}</p>
            ) : (
              <Lines rows={days} rowKey={(row) => row.day} columns={[{ title: 'f.day', cell: (row) => row.day }, ...figures]} />
            )}
          </Panel>
        </>
      )}
    </Loaded>
  );
}
