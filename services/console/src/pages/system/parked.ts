/** Parked messages of every service: workflow lists them, the service that parked one settles it at its own desk. */

import { api, ask, type CommandHeaders, type Schemas } from '../../api/client';
import { SERVICES, type Service } from '../../api/rights';

export type Parked = Schemas['workflow_ParkedMessageView'];
export type ParkedMessage = Schemas['workflow_ParkedView'];
export type Settled = Schemas['workflow_Settled'];

export const isService = (name: string): name is Service => (SERVICES as readonly string[]).includes(name);

export const oneParked = (service: Service, event_id: string): Promise<ParkedMessage> =>
  ask(api.GET(`/api/v1/${service}/parked-messages/{event_id}`, { params: { path: { event_id } } }));

const params = (event_id: string, header: CommandHeaders) => ({ params: { path: { event_id }, header } });

/** What may be done with a message that no handler took, each with its reason but the first. */
export const settle = {
  release: (service: Service, id: string, header: CommandHeaders): Promise<Settled> =>
    ask(api.POST(`/api/v1/${service}/parked-messages/{event_id}/release`, params(id, header))),
  repair: (service: Service, id: string, header: CommandHeaders, value: ParkedMessage['value'], reason: string): Promise<Settled> =>
    ask(api.POST(`/api/v1/${service}/parked-messages/{event_id}/repair`, { ...params(id, header), body: { value: value ?? null, reason } })),
  drop: (service: Service, id: string, header: CommandHeaders, reason: string): Promise<Settled> =>
    ask(api.POST(`/api/v1/${service}/parked-messages/{event_id}/drop`, { ...params(id, header), body: { reason } })),
};
