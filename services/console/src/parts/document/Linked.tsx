import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { useInterval } from '../../api/live';
import { useWords, type Key } from '../../i18n';
import { StatusTag } from '../show';
import { Loaded } from '../states';
import { Panel } from './Document';

export interface LinkedDocument {
  kind: Key;
  number: string;
  path: string;
  status?: string | undefined;
  about?: string | undefined;
}

export interface LinkedDocuments {
  documents: LinkedDocument[];
  /** Whether every service that was asked answered. */
  complete: boolean;
}

const AGAIN_MS = 3_000;

/** What the parts found together; one that does not answer hides its own documents only, and for now. */
export async function gathered(parts: readonly Promise<LinkedDocument[]>[]): Promise<LinkedDocuments> {
  const found = await Promise.allSettled(parts);
  return {
    documents: found.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])),
    complete: found.every((each) => each.status === 'fulfilled'),
  };
}

/** Documents that belong to this one. */
export function Linked({ queryKey, load }: { queryKey: readonly string[]; load: () => Promise<LinkedDocuments> }): ReactNode {
  const { t } = useWords();
  const interval = useInterval();
  const query = useQuery({ queryKey, queryFn: load, refetchInterval: (now) => (now.state.data?.complete === false ? AGAIN_MS : interval) });
  return (
    <Panel inside title="doc.linked">
      <Loaded query={query} rows={2}>
        {({ documents }) =>
          documents.length === 0 ? (
            <p className="panel-body quiet">{t('doc.noLinked')}</p>
          ) : (
            <ul className="links">
              {documents.map((each) => (
                <li key={each.path}>
                  <span className="grow">
                    <span className="quiet">{t(each.kind)}</span> <Link to={each.path}>{each.number}</Link>
                    {each.about && <span className="quiet"> · {each.about}</span>}
                  </span>
                  <StatusTag status={each.status} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}
