/** Items, partners and warehouses at hand: found by code, name, barcode or the initials of their pinyin while one types. */

import { QueryObserver, queryOptions, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';

import { api, ask, type PageOf, type Schemas } from './client';

export type Kind = 'items' | 'customers' | 'suppliers' | 'warehouses' | 'accounts' | 'work_centres';

export interface Entry {
  code: string;
  name: string;
  nameEn: string;
  barcode: string;
  /** First letters of the name's pinyin. */
  initials: string;
  unit: string;
  price: string | null;
  taxCode: string;
  decimals: number;
  active: boolean;
}

/** More records than this are not carried to the browser; the service is asked instead. */
const AT_HAND_MAX = 6_000;
const PAGE = '1000';

const entry = (code: string, name: string, more: Partial<Entry> = {}): Entry => ({
  code, name, nameEn: '', barcode: '', initials: '', unit: '', price: null, taxCode: '', decimals: 0, active: true, ...more,
});

const itemEntry = (record: Schemas['masterdata_ItemRecord']): Entry =>
  entry(record.code, record.name, {
    nameEn: record.name_en ?? '',
    barcode: record.barcode ?? '',
    unit: record.base_unit,
    price: record.list_price ?? null,
    taxCode: record.tax_code ?? '',
    decimals: record.quantity_decimals ?? 0,
    active: record.active ?? true,
  });

const namedEntry = (record: { code: string; name: string; name_en?: string; active?: boolean }): Entry =>
  entry(record.code, record.name, { nameEn: record.name_en ?? '', active: record.active ?? true });

async function pageOf(kind: Kind, company: string, query: { q?: string; cursor?: string }): Promise<PageOf<Entry>> {
  const limit = query.q ? '20' : PAGE;
  if (kind === 'items') {
    const found = await ask(api.GET('/api/v1/masterdata/items', { params: { query: { ...query, limit } } }));
    return { items: found.items.map(itemEntry), next: found.next };
  }
  if (kind === 'warehouses') {
    const found = await ask(
      api.GET('/api/v1/masterdata/warehouses', { params: { query: { ...query, limit, ...(company ? { company } : {}) } } }),
    );
    return { items: found.items.map(namedEntry), next: found.next };
  }
  if (kind === 'work_centres') {
    const found = await ask(api.GET('/api/v1/production/work-centres', { params: { query: { company, limit, ...(query.cursor ? { cursor: query.cursor } : {}) } } }));
    return { items: found.items.map(namedEntry), next: found.next };
  }
  if (kind === 'accounts') {
    const found = await ask(api.GET('/api/v1/finance/accounts', { params: { query: { company } } }));
    return { items: found.items.filter((account) => account.postable).map(namedEntry), next: null };
  }
  const role = kind === 'customers' ? 'customer' : 'supplier';
  const found = await ask(api.GET('/api/v1/masterdata/partners', { params: { query: { ...query, limit, role } } }));
  return { items: found.items.map(namedEntry), next: found.next };
}

export interface AtHand {
  entries: Entry[];
  byCode: ReadonlyMap<string, Entry>;
  /** Whether these are all there are. */
  complete: boolean;
}

async function withInitials(entries: Entry[]): Promise<Entry[]> {
  if (!entries.some((each) => /[\u4e00-\u9fff]/.test(each.name))) return entries;
  const { pinyin } = await import('pinyin-pro');
  return entries.map((each) => ({
    ...each,
    initials: pinyin(each.name, { pattern: 'first', toneType: 'none', type: 'array', nonZh: 'consecutive' })
      .join('')
      .toLowerCase(),
  }));
}

export const atHand = (kind: Kind, company: string) =>
  queryOptions({
    queryKey: ['directory', kind, kind === 'items' || kind === 'customers' || kind === 'suppliers' ? '' : company],
    staleTime: 5 * 60_000,
    queryFn: async (): Promise<AtHand> => {
      const entries: Entry[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await pageOf(kind, company, cursor ? { cursor } : {});
        entries.push(...page.items);
        cursor = page.next;
      } while (cursor && entries.length < AT_HAND_MAX);
      const known = await withInitials(entries);
      return { entries: known, byCode: new Map(known.map((each) => [each.code, each])), complete: !cursor };
    },
  });

/** How well a text fits; 0 is not at all. Codes before initials before names before what is inside them. */
export function fit(each: Entry, text: string): number {
  const wanted = text.toLowerCase();
  const code = each.code.toLowerCase();
  const name = each.name.toLowerCase();
  const nameEn = each.nameEn.toLowerCase();
  if (code === wanted || each.barcode === text) return 100;
  if (code.startsWith(wanted)) return 80;
  if (name.startsWith(wanted) || nameEn.startsWith(wanted)) return 70;
  if (each.initials.startsWith(wanted)) return 60;
  if (each.barcode && each.barcode.startsWith(text)) return 50;
  if (name.includes(wanted) || nameEn.includes(wanted)) return 40;
  if (code.includes(wanted)) return 30;
  if (wanted.length > 1 && each.initials.includes(wanted)) return 20;
  return 0;
}

export function found(entries: readonly Entry[], text: string, limit = 12): Entry[] {
  const wanted = text.trim();
  const active = entries.filter((each) => each.active);
  if (!wanted) return active.slice(0, limit);
  return active
    .map((each) => ({ each, rank: fit(each, wanted) }))
    .filter(({ rank }) => rank > 0)
    .sort((left, right) => right.rank - left.rank || left.each.code.localeCompare(right.each.code))
    .slice(0, limit)
    .map(({ each }) => each);
}

/** Entries that fit, from what is at hand, and from the service where that is not everything. */
export async function search(client: QueryClient, kind: Kind, company: string, text: string): Promise<Entry[]> {
  const known = await client.ensureQueryData(atHand(kind, company));
  const local = found(known.entries, text);
  if (known.complete || !text.trim()) return local;
  const asked = await pageOf(kind, company, { q: text.trim() });
  const codes = new Set(local.map((each) => each.code));
  return [...local, ...asked.items.filter((each) => !codes.has(each.code))].slice(0, 12);
}

/** The one entry that a typed or scanned text names exactly, by code or barcode. */
export async function resolve(client: QueryClient, kind: Kind, company: string, text: string): Promise<Entry | null> {
  const wanted = text.trim();
  if (!wanted) return null;
  const known = await client.ensureQueryData(atHand(kind, company));
  const exact = known.entries.find(
    (each) => each.code.toLowerCase() === wanted.toLowerCase() || (each.barcode !== '' && each.barcode === wanted),
  );
  if (exact || known.complete || kind !== 'items') return exact ?? null;
  const answer = await ask(api.GET('/api/v1/masterdata/items', { params: { query: { barcode: wanted, limit: '1' } } }));
  if (answer.items[0]) return itemEntry(answer.items[0]);
  const asked = await pageOf(kind, company, { q: wanted });
  return asked.items.find((each) => each.code.toLowerCase() === wanted.toLowerCase()) ?? null;
}

interface Watch {
  subscribe: (listener: () => void) => () => void;
  entry: (code: string) => Entry | undefined;
}

const watches = new WeakMap<QueryClient, Map<string, Watch>>();

/** One watch of a directory, whatever the number of cells that show names out of it. */
function watchOf(client: QueryClient, kind: Kind, company: string): Watch {
  const known = watches.get(client) ?? new Map<string, Watch>();
  watches.set(client, known);
  const name = `${kind}/${company}`;
  let watch = known.get(name);
  if (!watch) {
    const options = atHand(kind, company);
    const listeners = new Set<() => void>();
    let stop: (() => void) | undefined;
    watch = {
      subscribe: (listener) => {
        listeners.add(listener);
        stop ??= new QueryObserver(client, options).subscribe(() => {
          for (const each of [...listeners]) each();
        });
        return () => {
          listeners.delete(listener);
          if (listeners.size > 0) return;
          stop?.();
          stop = undefined;
        };
      },
      entry: (code) => client.getQueryData(options.queryKey)?.byCode.get(code),
    };
    known.set(name, watch);
  }
  return watch;
}

const nobody = (): (() => void) => () => undefined;

/** What belongs to a code: its name, unit, price. Undefined while it is not known. */
export function useEntry(kind: Kind, company: string, code: string | null | undefined): Entry | undefined {
  const watch = watchOf(useQueryClient(), kind, company);
  return useSyncExternalStore(code ? watch.subscribe : nobody, () => (code ? watch.entry(code) : undefined));
}

export function useSearch(kind: Kind, company: string): {
  search: (text: string) => Promise<Entry[]>;
  resolve: (text: string) => Promise<Entry | null>;
} {
  const client = useQueryClient();
  return {
    search: useCallback((text: string) => search(client, kind, company, text), [client, kind, company]),
    resolve: useCallback((text: string) => resolve(client, kind, company, text), [client, kind, company]),
  };
}
