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
import { ItemName, Named, Quantity, StatusTag, time } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';
import { DueDate, ReportJob } from './Dispatch';

type Order = Schemas['production_OrderView'];

type Column = Schemas['production_ColumnView'];
type Card = Schemas['production_CardView'];
type State = Card['status'];

const STATES = ['coming', 'ready', 'running', 'blocked', 'outside', 'done'] as const satisfies readonly State[];
/** Shown only where something stands so. */
const SELDOM: readonly State[] = ['blocked', 'outside'];
const IN_HAND: readonly State[] = ['running', 'ready', 'blocked', 'outside', 'coming'];
const SHOWN = '60';

const share = (part: string, whole: string): number => Math.min(100, Math.round((Number(part) / Number(whole)) * 100) || 0);
const isLate = (day: string | null | undefined): boolean => Boolean(day && day < today());

function OrderCard({ order, onProblem }: { order: Order; onProblem: (problem: Problem | null) => void }): ReactNode {
  return (
    <article className={`board-card ${isLate(order.due_date) ? 'late' : ''}`}>
      <header>
        <Link to={`/production/orders/${order.id}`}>{order.number}</Link>
        <DueDate day={order.due_date} />
      </header>
      <ItemName code={order.item} />
      <footer>
        <span className="quiet">
          <Quantity value={order.quantity} unit={order.unit} />
        </span>
        <Action
          small
          title="making.release"
          permission="production.order.release"
          when
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

function PlannedColumn({ onProblem }: { onProblem: (problem: Problem | null) => void }): ReactNode {
  const { t, value } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['production', 'orders', 'board', company],
    queryFn: () => ask(api.GET('/api/v1/production/orders', { params: { query: { company, status: 'planned', limit: SHOWN } } })),
    refetchInterval: interval,
    enabled: company !== '',
  });
  return (
    <section className="panel" aria-label={value('planned', 'making')}>
      <h2>
        {value('planned', 'making')}
        <span className="grow" />
        {query.data && <span className="quiet">{`${query.data.items.length}${query.data.next ? '+' : ''}`}</span>}
      </h2>
      <Loaded query={query} rows={5}>
        {({ items }) => (
          <div className="board-cards" tabIndex={0} role="group" aria-label={value('planned', 'making')}>
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

/** A card, with the work centre whose it is. */
type Held = Card & { centre: string };

/** The cards of all work centres together, by how far they are. */
export function byState(columns: readonly Column[]): Record<State, Held[]> {
  const found = Object.fromEntries(STATES.map((state) => [state, [] as Held[]])) as Record<State, Held[]>;
  for (const column of columns) {
    for (const state of STATES) {
      for (const card of column.cards[state] ?? []) found[state].push({ ...card, centre: column.work_centre });
    }
  }
  return found;
}

function WorkCard({ card, withState = false }: { card: Held; withState?: boolean }): ReactNode {
  const { t } = useWords();
  const done = share(card.good, card.quantity);
  return (
    <article className={`board-card ${card.late ? 'late' : ''}`}>
      <header>
        <span>
          <Link to={`/production/orders/${card.order}`}>{card.number}</Link> <span className="quiet">/ {card.operation}</span>
        </span>
        {withState ? <StatusTag status={card.status} of="work" /> : <DueDate day={card.due_date} />}
      </header>
      <ItemName code={card.item} />
      <div className="progress" role="img" aria-label={`${done} %`}>
        <i style={{ width: `${done}%` }} />
      </div>
      <footer>
        <span className="quiet">
          {withState ? '' : `${card.centre} · `}
          {t('f.left')} {plain(card.left) || '0'} · {plain(card.hours) || '0'} h
        </span>
        {['ready', 'running'].includes(card.status) && <ReportJob job={{ ...card, work_centre: card.centre }} />}
      </footer>
    </article>
  );
}

function Cards({ label, cards, withState = false }: { label: string; cards: readonly Held[]; withState?: boolean }): ReactNode {
  const { t } = useWords();
  return (
    <div className="board-cards" tabIndex={0} role="group" aria-label={label}>
      {cards.slice(0, Number(SHOWN)).map((card) => (
        <WorkCard key={`${card.order}/${card.operation}`} card={card} withState={withState} />
      ))}
      {cards.length === 0 && <span className="quiet">{t('list.empty')}</span>}
    </div>
  );
}

function Centre({ column }: { column: Column }): ReactNode {
  const { t } = useWords();
  const cards = IN_HAND.flatMap((state) => (column.cards[state] ?? []).map((card) => ({ ...card, centre: column.work_centre })));
  return (
    <section className="panel" aria-label={column.work_centre}>
      <h2>
        <Named kind="work_centres" code={column.work_centre} />
        <span className="grow" />
        <span className="quiet">{plain(column.hours) || '0'} h</span>
      </h2>
      {column.down_until && (
        <p className="panel-body">
          <span className="tag tag-bad">
            {t('making.down')} {time(column.down_until)}
          </span>
        </p>
      )}
      <Cards label={column.work_centre} cards={cards} withState />
    </section>
  );
}

function Floor({ by, onProblem }: { by: 'status' | 'centre'; onProblem: (problem: Problem | null) => void }): ReactNode {
  const { t, value } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['production', 'board', company],
    queryFn: () => ask(api.GET('/api/v1/production/board', { params: { query: { company } } })),
    refetchInterval: interval,
    enabled: company !== '',
  });
  return (
    <Loaded query={query} rows={6}>
      {(columns) => {
        if (by === 'centre') {
          return columns.length === 0 ? (
            <section className="panel">
              <Empty>{t('making.noJobs')}</Empty>
            </section>
          ) : (
            <div className="board">
              {columns.map((column) => (
                <Centre key={column.work_centre} column={column} />
              ))}
            </div>
          );
        }
        const found = byState(columns);
        return (
          <div className="board">
            <PlannedColumn onProblem={onProblem} />
            {STATES.filter((state) => found[state].length > 0 || !SELDOM.includes(state)).map((state) => (
              <section key={state} className="panel" aria-label={value(state, 'work')}>
                <h2>
                  {value(state, 'work')}
                  <span className="grow" />
                  <span className="quiet">{found[state].length}</span>
                </h2>
                <Cards label={value(state, 'work')} cards={found[state]} />
              </section>
            ))}
          </div>
        );
      }}
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
      <Floor by={centres ? 'centre' : 'status'} onProblem={setProblem} />
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
