import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { useInterval } from '../../api/live';
import { useWords, type Key } from '../../i18n';
import { Loaded } from '../../parts/states';

export interface Todo {
  key: string;
  path: string;
  number: string;
  about: ReactNode;
  mark?: ReactNode;
}

export interface Todos {
  rows: Todo[];
  more: boolean;
}

const SHOWN = 7;

/** Something to do: how many, the first of them, and the way to all. */
export function Card({
  title,
  all,
  queryKey,
  load,
  good,
}: {
  title: Key;
  all: string;
  queryKey: readonly string[];
  load: () => Promise<Todos>;
  /** What is said when there is nothing to do. */
  good: Key;
}): ReactNode {
  const { t } = useWords();
  const interval = useInterval();
  const query = useQuery({ queryKey, queryFn: load, refetchInterval: interval });
  const found = query.data;
  return (
    <section className="panel">
      <h2>
        <Link to={all}>{t(title)}</Link>
        <span className="grow" />
        {found && <span className="count">{`${found.rows.length}${found.more ? '+' : ''}`}</span>}
      </h2>
      <Loaded query={query} rows={3}>
        {({ rows }) =>
          rows.length === 0 ? (
            <p className="panel-body quiet">{t(good)}</p>
          ) : (
            <ul className="links">
              {rows.slice(0, SHOWN).map((row) => (
                <li key={row.key}>
                  <Link className="nowrap" to={row.path}>
                    {row.number}
                  </Link>
                  <span className="grow quiet">{row.about}</span>
                  {row.mark}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
