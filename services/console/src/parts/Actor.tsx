import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { api, ask } from '../api/client';
import { useMay, useRightsQuery } from '../api/rights';

/** The names of the people and clients who may act, by the subject that the records keep. */
function useNames(): ReadonlyMap<string, string> {
  const allowed = useMay()('identity.user.read');
  const me = useRightsQuery().data;
  const { data } = useQuery({
    queryKey: ['identity', 'users', 'names'],
    queryFn: async () => (await ask(api.GET('/api/v1/identity/users', { params: { query: { limit: '1000' } } }))).items,
    enabled: allowed,
    staleTime: 60_000,
  });
  const names = new Map((data ?? []).map((user) => [user.id, user.name || user.username]));
  if (me) names.set(me.subject, me.name);
  return names;
}

const IDENTITY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Enough of an identity to tell it from another; the whole is too long to be read. */
const short = (subject: string): string => (IDENTITY.test(subject) ? `#${subject.slice(-6)}` : subject);

/** Who did it: by name where it may be known, else by what tells him from others. */
export function Actor({ subject }: { subject: string | null | undefined }): ReactNode {
  const names = useNames();
  return subject ? <span title={subject}>{names.get(subject) ?? short(subject)}</span> : null;
}
