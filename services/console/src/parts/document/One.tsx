import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { useInterval } from '../../api/live';
import { Loaded } from '../states';
import { Shown } from './Audit';

const idOf = (document: unknown): string =>
  typeof document === 'object' && document !== null && 'id' in document && typeof document.id === 'string' ? document.id : '';

/** The page of one document: asked for by the id in the address, kept up to date while it is looked at. */
export function One<T>({
  permission,
  queryKey,
  load,
  often,
  children,
}: {
  permission: string;
  queryKey: readonly string[];
  load: (id: string) => Promise<T>;
  /** Asked for again after so many milliseconds, where no event tells of what changes. */
  often?: number;
  children: (document: T) => ReactNode;
}): ReactNode {
  const { id = '' } = useParams();
  const interval = useInterval();
  const query = useQuery({
    queryKey: [...queryKey, 'one', id],
    queryFn: () => load(id),
    refetchInterval: often ?? interval,
  });
  return (
    <Allowed permission={permission}>
      <Loaded query={query}>
        {(document) => <Shown value={idOf(document) || id}>{children(document)}</Shown>}
      </Loaded>
    </Allowed>
  );
}
