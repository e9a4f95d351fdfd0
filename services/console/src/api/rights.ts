/** What the person at this screen may do, as every service says it of its own part. */

import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';

import { api, ask } from './client';

export const SERVICES = ['identity', 'masterdata', 'purchasing', 'sales', 'inventory', 'production', 'finance', 'workflow'] as const;
export type Service = (typeof SERVICES)[number];

export interface Rights {
  subject: string;
  name: string;
  permissions: ReadonlySet<string>;
  companies: readonly string[] | null;
  /** Services that did not answer: what they allow is not known now. */
  missing: readonly Service[];
}

const ASKED = {
  identity: () => ask(api.GET('/api/v1/identity/me')),
  masterdata: () => ask(api.GET('/api/v1/masterdata/me')),
  purchasing: () => ask(api.GET('/api/v1/purchasing/me')),
  sales: () => ask(api.GET('/api/v1/sales/me')),
  inventory: () => ask(api.GET('/api/v1/inventory/me')),
  production: () => ask(api.GET('/api/v1/production/me')),
  finance: () => ask(api.GET('/api/v1/finance/me')),
  workflow: () => ask(api.GET('/api/v1/workflow/me')),
} satisfies Record<Service, () => Promise<unknown>>;

export async function loadRights(): Promise<Rights> {
  const names = Object.keys(ASKED) as Service[];
  const found = await Promise.allSettled(names.map((name) => ASKED[name]()));
  const missing: Service[] = [];
  const permissions = new Set<string>();
  let first: Awaited<ReturnType<(typeof ASKED)['sales']>> | null = null;
  for (const [index, answer] of found.entries()) {
    const name = names[index] ?? 'identity';
    if (answer.status === 'rejected') {
      missing.push(name);
      continue;
    }
    first ??= answer.value;
    for (const permission of answer.value.permissions) {
      // a service speaks for itself only: its replica of roles may be newer or older than another's
      if (permission === '*') permissions.add(`${name}.*`);
      else if (permission.startsWith(`${name}.`) || permission.startsWith('operations.')) permissions.add(permission);
      if (permission === '*') permissions.add('operations.*');
    }
  }
  if (first === null) {
    const refused = found.find((answer) => answer.status === 'rejected');
    throw refused?.reason ?? new Error('no service answers');
  }
  return { subject: first.subject, name: first.name, permissions, companies: first.companies, missing };
}

/** Whether a permission, or a pattern that covers it, is among those given. */
export function allows(permissions: ReadonlySet<string>, permission: string): boolean {
  if (permissions.has('*') || permissions.has(permission)) return true;
  const parts = permission.split('.');
  return parts.some((_, index) => index > 0 && permissions.has(`${parts.slice(0, index).join('.')}.*`));
}

export const useRightsQuery = (): UseQueryResult<Rights> =>
  useQuery({
    queryKey: ['rights'],
    queryFn: loadRights,
    staleTime: 60_000,
    refetchInterval: (query) => (query.state.data?.missing.length ? 5_000 : 120_000),
  });

export type May = (permission: string) => boolean;

/** `may('sales.order.place')`: what is not allowed is not offered. What needs no permission, everybody may. */
export function useMay(): May {
  const { data } = useRightsQuery();
  return useMemo(() => (permission) => permission === '' || (data ? allows(data.permissions, permission) : false), [data]);
}
