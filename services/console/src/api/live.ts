/** Events of the services, as they happen: whatever on the screen shows the matter is asked again. */

import type { QueryClient, QueryKey } from '@tanstack/react-query';

import { store, useStore } from '../lib/store';
import { accessToken } from './session';

export const POLL_MS = 15_000;
const GATHER_MS = 300;
const AGAIN_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

export interface LiveEvent {
  id: string;
  topic: string;
  data: Record<string, unknown>;
}

export type LiveState = 'streaming' | 'polling' | 'off';

export const liveState = store<LiveState>('off');
export const useLive = (): LiveState => useStore(liveState);

/** How often a page asks by itself: not at all while events come. */
export const useInterval = (): number | false => (useLive() === 'streaming' ? false : POLL_MS);

/** Reads server-sent events out of text that comes in pieces. */
export function eventReader(found: (event: LiveEvent) => void): (text: string) => void {
  let rest = '';
  let id = '';
  let topic = '';
  let data: string[] = [];
  const line = (text: string): void => {
    if (text === '') {
      if (data.length > 0) {
        try {
          found({ id, topic, data: JSON.parse(data.join('\n')) as Record<string, unknown> });
        } catch {
          // an event that is no JSON tells nothing; the next poll shows what it meant
        }
      }
      topic = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    else if (name === 'event') topic = value;
    else if (name === 'id') id = value;
  };
  return (text) => {
    rest += text;
    let end: number;
    while ((end = rest.search(/\r\n|\n|\r(?=.)/)) >= 0) {
      const ended = rest.slice(0, end);
      rest = rest.slice(end + (rest.startsWith('\r\n', end) ? 2 : 1));
      line(ended);
    }
  };
}

/** The queries that an event of this topic makes old. */
export function concerned(topic: string): readonly QueryKey[] {
  const [service = '', event = ''] = topic.split('.');
  const both = (...names: string[]): QueryKey[] => names.map((name) => name.split('/'));
  if (service === 'sales') {
    if (/^Return/.test(event)) return both('sales/returns', 'case');
    return both('sales', 'case');
  }
  if (service === 'inventory') {
    if (/^(Availability|StockAlert)/.test(event)) return both('inventory/stock', 'inventory/reorder-rules');
    return both('inventory', 'sales/orders', 'purchasing/orders', 'production', 'case');
  }
  if (service === 'production') return both('production', 'inventory', 'case');
  if (service === 'purchasing') return both('purchasing', 'case');
  if (service === 'finance') return both('finance', 'sales/orders', 'sales/credit', 'case');
  if (service === 'masterdata') return both('masterdata', 'directory');
  if (service === 'identity') return both('identity', 'rights');
  return both(service);
}

/** Follow the stream until told to stop; without one, pages ask every few seconds. */
export function follow(client: QueryClient): () => void {
  const stopping = new AbortController();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let gathered = new Map<string, QueryKey>();
  let last = '';

  const tell = (event: LiveEvent): void => {
    if (event.id) last = event.id;
    if (event.topic === 'reset' || event.topic === 'unavailable') {
      // more was missed than the gateway keeps, or it lost its source: everything is asked again
      void client.invalidateQueries();
      return;
    }
    for (const key of concerned(event.topic)) gathered.set(key.join('/'), key);
    waiting ??= setTimeout(() => {
      waiting = undefined;
      const keys = gathered;
      gathered = new Map();
      for (const key of keys.values()) void client.invalidateQueries({ queryKey: key });
    }, GATHER_MS);
  };

  const read = async (): Promise<void> => {
    const token = await accessToken();
    const answer = await fetch('/api/v1/stream', {
      headers: {
        Accept: 'text/event-stream',
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(last ? { 'Last-Event-ID': last } : {}),
      },
      signal: stopping.signal,
    });
    if (!answer.ok || !answer.body || !(answer.headers.get('content-type') ?? '').includes('event-stream')) {
      await answer.body?.cancel();
      throw new Error(`no stream: ${answer.status}`);
    }
    liveState.set('streaming');
    const take = eventReader(tell);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      take(value);
    }
  };

  void (async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        await read();
        failures = 0;
      } catch {
        failures += 1;
      }
      if (stopping.signal.aborted) break;
      liveState.set('polling');
      // what happened while nobody listened
      void client.invalidateQueries();
      const pause = AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? 30_000;
      await new Promise<void>((done) => {
        const timer = setTimeout(done, pause);
        stopping.signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
      });
    }
    liveState.set('off');
  })();

  return () => {
    stopping.abort();
    clearTimeout(waiting);
  };
}
