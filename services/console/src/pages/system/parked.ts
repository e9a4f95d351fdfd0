/** Parked messages of every service: each service keeps its own desk, with the same address. */

import { api, ask, type PageOf, type Schemas } from '../../api/client';
import type { Service } from '../../api/rights';
import type { CommandHeaders } from '../../api/client';

export type Parked = Schemas['sales_ParkedRow'] & { service: Service };

const query = { status: 'parked' as const, limit: '100' };

const LISTS: Record<Service, () => Promise<PageOf<Schemas['sales_ParkedRow']>>> = {
  identity: () => ask(api.GET('/api/v1/identity/parked-messages', { params: { query } })),
  masterdata: () => ask(api.GET('/api/v1/masterdata/parked-messages', { params: { query } })),
  purchasing: () => ask(api.GET('/api/v1/purchasing/parked-messages', { params: { query } })),
  sales: () => ask(api.GET('/api/v1/sales/parked-messages', { params: { query } })),
  inventory: () => ask(api.GET('/api/v1/inventory/parked-messages', { params: { query } })),
  finance: () => ask(api.GET('/api/v1/finance/parked-messages', { params: { query } })),
};

type Release = (event_id: string, header: CommandHeaders) => Promise<Schemas['sales_Settled']>;

const params = (event_id: string, header: CommandHeaders) => ({ params: { path: { event_id }, header } });

export const RELEASE: Record<Service, Release> = {
  identity: (id, header) => ask(api.POST('/api/v1/identity/parked-messages/{event_id}/release', params(id, header))),
  masterdata: (id, header) => ask(api.POST('/api/v1/masterdata/parked-messages/{event_id}/release', params(id, header))),
  purchasing: (id, header) => ask(api.POST('/api/v1/purchasing/parked-messages/{event_id}/release', params(id, header))),
  sales: (id, header) => ask(api.POST('/api/v1/sales/parked-messages/{event_id}/release', params(id, header))),
  inventory: (id, header) => ask(api.POST('/api/v1/inventory/parked-messages/{event_id}/release', params(id, header))),
  finance: (id, header) => ask(api.POST('/api/v1/finance/parked-messages/{event_id}/release', params(id, header))),
};

/** What is parked anywhere, the newest first; a service that does not answer is left out. */
export async function parkedEverywhere(): Promise<Parked[]> {
  const services = Object.keys(LISTS) as Service[];
  const found = await Promise.allSettled(services.map((service) => LISTS[service]()));
  return found
    .flatMap((answer, index) =>
      answer.status === 'fulfilled'
        ? answer.value.items.map((row) => ({ ...row, service: services[index] ?? 'identity' }))
        : [],
    )
    .sort((left, right) => right.parked_at.localeCompare(left.parked_at));
}
