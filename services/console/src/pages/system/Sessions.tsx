import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { api, ask, type CommandHeaders, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { Action } from '../../parts/document/Action';
import { Lines, Panel } from '../../parts/document/Document';
import { ProblemNote } from '../../parts/ProblemNote';
import { Moment } from '../../parts/show';
import { Loaded } from '../../parts/states';

type Session = Schemas['identity_SessionView'];

/** Where somebody is signed in, each to be ended; one's own without any right. */
export function Sessions({ of, permission }: { of: string | null; permission: string }): ReactNode {
  const { t, value } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const queryKey = ['identity', 'sessions', of ?? 'me'];
  const query = useQuery({
    queryKey,
    queryFn: () =>
      of === null
        ? ask(api.GET('/api/v1/identity/me/sessions'))
        : ask(api.GET('/api/v1/identity/users/{reference}/sessions', { params: { path: { reference: of } } })),
  });
  const end = (id: string, { 'Idempotency-Key': key }: CommandHeaders): Promise<unknown> => {
    const header = { 'Idempotency-Key': key };
    return of === null
      ? ask(api.POST('/api/v1/identity/me/sessions/{id}/end', { params: { path: { id }, header } }))
      : ask(api.POST('/api/v1/identity/users/{reference}/sessions/{id}/end', { params: { path: { reference: of, id }, header } }));
  };
  return (
    <Panel title="people.sessions">
      <ProblemNote problem={problem} />
      <Loaded query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="panel-body quiet">{t('people.noSessions')}</p>
          ) : (
            <Lines<Session>
              rows={items}
              rowKey={(row) => row.id}
              columns={[
                { title: 'f.began_at', cell: (row) => <Moment value={row.began_at} /> },
                { title: 'f.seen_at', cell: (row) => <Moment value={row.seen_at} /> },
                { title: 'f.ends_at', cell: (row) => <Moment value={row.ends_at} /> },
                { title: 'f.address', cell: (row) => row.address },
                { title: 'f.agent', cell: (row) => <span title={row.agent}>{row.agent}</span> },
                { title: 'f.methods', cell: (row) => row.methods.map((each) => value(each)).join(', ') },
                { title: 'f.client_id', cell: (row) => row.client_id },
                {
                  title: 'people.end',
                  cell: (row) =>
                    row.current ? (
                      <span className="tag tag-good">{t('people.thisSession')}</span>
                    ) : (
                      <Action small grave title="people.end" permission={permission} when version={0} number={row.address}
                        concerns={[queryKey]} onProblem={setProblem} send={(header) => end(row.id, header)} />
                    ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
