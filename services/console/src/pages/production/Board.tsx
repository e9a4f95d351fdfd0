import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { plain } from '../../lib/decimal';
import { today } from '../../lib/dates';
import { Action } from '../../parts/document/Action';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Named, Quantity } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';
import { DueDate, ReportJob, type Job } from './Dispatch';

type Order = Schemas['production_OrderView'];

const COLUMNS = ['planned', 'released', 'completed'] as const;
const SHOWN = '60';

const share = (part: string, whole: string): number => Math.min(100, Math.round((Number(part) / Number(whole)) * 100) || 0);
const isLate = (day: string | null | undefined): boolean => Boolean(day && day < today());

function OrderCard({ order, onProblem }: { order: Order; onProblem: (problem: Problem | null) => void }): ReactNode {
  const { t } = useWords();
  return (
    <article className={`board-card ${order.status !== 'completed' && isLate(order.due_date) ? 'late' : ''}`}>
      <header>
        <Link to={`/production/orders/${order.id}`}>{order.number}</Link>
        <DueDate day={order.due_date} />
      </header>
      <ItemName code={order.item} />
      {order.status !== 'planned' && (
        <div className="progress" role="img" aria-label={`${share(order.quantity_good, order.quantity)} %`}>
          <i style={{ width: `${share(order.quantity_good, order.quantity)}%` }} />
        </div>
      )}
      <footer>
        <span className="quiet">
          {order.status === 'planned' ? '' : `${plain(order.quantity_good) || '0'} / `}
          <Quantity value={order.quantity} unit={order.unit} />
        </span>
        {order.awaits_material && <span className="tag tag-warn">{t('making.awaits')}</span>}
        <Action
          small
          title="making.release"
          permission="production.order.release"
          when={order.status === 'planned'}
          version={order.version}
          number={order.number}
          concerns={[['production'], ['inventory']]}
          onProblem={onProblem}
          send={(header) => ask(api.POST('/api/v1/production/orders/{ref}/release', { params: { path: { ref: order.id }, header } }))}
        />
      </footer>
    </article>
  );
}

function StatusColumn({ status, onProblem }: { status: (typeof COLUMNS)[number]; onProblem: (problem: Problem | null) => void }): ReactNode {
  const { t, value } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['production', 'orders', 'board', company, status],
    queryFn: () => ask(api.GET('/api/v1/production/orders', { params: { query: { company, status, limit: SHOWN } } })),
    refetchInterval: interval,
    enabled: company !== '',
  });
  return (
    <section className="panel" aria-label={value(status, 'making')}>
      <h2>
        {value(status, 'making')}
        <span className="grow" />
        {query.data && <span className="quiet">{`${query.data.items.length}${query.data.next ? '+' : ''}`}</span>}
      </h2>
      <Loaded query={query} rows={5}>
        {({ items }) => (
          <div className="board-cards" tabIndex={0} role="group" aria-label={value(status, 'making')}>
            {items.map((order) => (
              <OrderCard key={order.id} order={order} onProblem={onProblem} />
            ))}
            {items.length === 0 && <span className="quiet">{t('list.empty')}</span>}
          </div>
        )}
      </Loaded>
    </section>
  );
}

export function byCentre(jobs: readonly Job[]): [string, Job[]][] {
  const centres = new Map<string, Job[]>();
  for (const job of jobs) centres.set(job.work_centre, [...(centres.get(job.work_centre) ?? []), job]);
  return [...centres].sort(([left], [right]) => left.localeCompare(right));
}

function Centres(): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['production', 'dispatch-list', 'board', company],
    queryFn: () => ask(api.GET('/api/v1/production/dispatch-list', { params: { query: { company } } })),
    refetchInterval: interval,
    enabled: company !== '',
  });
  return (
    <Loaded query={query} rows={6}>
      {(jobs) =>
        jobs.length === 0 ? (
          <section className="panel">
            <Empty>{t('making.noJobs')}</Empty>
          </section>
        ) : (
          <div className="board">
            {byCentre(jobs).map(([centre, found]) => (
              <section key={centre} className="panel" aria-label={centre}>
                <h2>
                  <Named kind="work_centres" code={centre} />
                  <span className="grow" />
                  <span className="quiet">{found.length}</span>
                </h2>
                <div className="board-cards" tabIndex={0} role="group" aria-label={centre}>
                  {found.slice(0, Number(SHOWN)).map((job) => (
                    <article key={`${job.order}/${job.operation}`} className={`board-card ${isLate(job.due_date) ? 'late' : ''}`}>
                      <header>
                        <span>
                          <Link to={`/production/orders/${job.order}`}>{job.number}</Link> <span className="quiet">/ {job.operation}</span>
                        </span>
                        <DueDate day={job.due_date} />
                      </header>
                      <ItemName code={job.item} />
                      <footer>
                        <span className="quiet">
                          {t('f.left')} {plain(job.left)} · {t('f.waiting')} {plain(job.waiting) || '0'} · {plain(job.hours)} h
                        </span>
                        <ReportJob job={job} />
                      </footer>
                    </article>
                  ))}
                </div>
              </section>
            ))}
          </div>
        )
      }
    </Loaded>
  );
}

function Page(): ReactNode {
  const { t } = useWords();
  const [params, setParams] = useSearchParams();
  const [problem, setProblem] = useState<Problem | null>(null);
  const centres = params.get('by') === 'centre';
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.production.board')}</h1>
        <div className="actions">
          <Segmented
            value={centres ? 'centre' : 'status'}
            onChange={(by) => setParams(by === 'centre' ? { by } : {}, { replace: true })}
            options={[
              { value: 'status', label: t('making.byStatus') },
              { value: 'centre', label: t('making.byCentre') },
            ]}
          />
        </div>
      </div>
      <ProblemNote problem={problem} />
      {centres ? (
        <Centres />
      ) : (
        <div className="board">
          {COLUMNS.map((status) => (
            <StatusColumn key={status} status={status} onProblem={setProblem} />
          ))}
        </div>
      )}
    </div>
  );
}

export default function Board(): ReactNode {
  return (
    <Allowed permission="production.order.read">
      <Page />
    </Allowed>
  );
}
