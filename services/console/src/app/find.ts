/** What the search finds: documents by their number, items and partners by code, name or pinyin. */

import type { QueryClient } from '@tanstack/react-query';

import { api, ask } from '../api/client';
import { search } from '../api/directory';
import type { May } from '../api/rights';
import type { Key } from '../i18n';

export interface Hit {
  group: Key;
  title: string;
  about: string;
  path: string;
}

interface Numbered {
  prefix: RegExp;
  permission: string;
  kind: Key;
  find: (number: string) => Promise<Hit[]>;
}

const hit = (kind: Key, number: string, about: string, path: string): Hit => ({
  group: 'shell.search.documents', title: number, about: `${kind}|${about}`, path,
});

/** A kind of document: the beginning of its numbers, and how it is found by the whole number. */
const NUMBERED: readonly Numbered[] = [
  {
    prefix: /^so-?/i, permission: 'sales.order.read', kind: 'nav.sales.orders',
    find: async (number) =>
      (await ask(api.GET('/api/v1/sales/orders', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.sales.orders', each.number, each.customer, `/sales/orders/${each.id}`)),
  },
  {
    prefix: /^po-?/i, permission: 'purchasing.order.read', kind: 'nav.purchasing.orders',
    find: async (number) =>
      (await ask(api.GET('/api/v1/purchasing/orders', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.purchasing.orders', each.number, each.supplier, `/purchasing/orders/${each.id}`)),
  },
  {
    prefix: /^pr-?/i, permission: 'purchasing.requisition.read', kind: 'nav.purchasing.requisitions',
    find: async (number) =>
      (await ask(api.GET('/api/v1/purchasing/requisitions', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.purchasing.requisitions', each.number, each.origin, `/purchasing/requisitions/${each.id}`)),
  },
  {
    prefix: /^dn-?/i, permission: 'inventory.delivery.read', kind: 'nav.inventory.deliveries',
    find: async (number) =>
      (await ask(api.GET('/api/v1/inventory/deliveries', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.inventory.deliveries', each.number, each.customer, `/inventory/deliveries/${each.id}`)),
  },
  {
    prefix: /^gr-?/i, permission: 'inventory.receipt.read', kind: 'nav.inventory.receipts',
    find: async (number) =>
      (await ask(api.GET('/api/v1/inventory/receipts', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.inventory.receipts', each.number, each.supplier, `/inventory/receipts/${each.id}`)),
  },
  {
    prefix: /^mo-?/i, permission: 'production.order.read', kind: 'nav.production.orders',
    find: async (number) =>
      (await ask(api.GET('/api/v1/production/orders', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.production.orders', each.number, each.item, `/production/orders/${each.id}`)),
  },
  {
    prefix: /^inv-?/i, permission: 'finance.invoice.read', kind: 'nav.finance.invoices',
    find: async (number) =>
      (await ask(api.GET('/api/v1/finance/invoices', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.finance.invoices', each.number, each.customer, `/finance/invoices/${each.id}`)),
  },
  {
    prefix: /^bl-?/i, permission: 'finance.bill.read', kind: 'nav.finance.bills',
    find: async (number) =>
      (await ask(api.GET('/api/v1/finance/bills', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.finance.bills', each.number, each.supplier, `/finance/bills/${each.id}`)),
  },
  {
    prefix: /^[rptg]v-?/i, permission: 'finance.voucher.read', kind: 'nav.finance.vouchers',
    find: async (number) =>
      (await ask(api.GET('/api/v1/finance/vouchers', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.finance.vouchers', each.number, each.source_number, `/finance/vouchers/${each.id}`)),
  },
  {
    prefix: /^(rc|pm)-?/i, permission: 'finance.payment.read', kind: 'nav.finance.payments',
    find: async (number) =>
      (await ask(api.GET('/api/v1/finance/payments', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.finance.payments', each.number, each.partner, `/finance/payments/${each.id}`)),
  },
  {
    prefix: /^ad-?/i, permission: 'finance.advance.read', kind: 'nav.finance.advances',
    find: async (number) =>
      (await ask(api.GET('/api/v1/finance/advances', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.finance.advances', each.number, each.partner, `/finance/advances/${each.id}`)),
  },
  {
    prefix: /^vd-?/i, permission: 'finance.voucher_draft.read', kind: 'nav.finance.drafts',
    find: async (number) =>
      (await ask(api.GET('/api/v1/finance/voucher-drafts', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.finance.drafts', each.number, each.text, `/finance/voucher-drafts/${each.id}`)),
  },
  {
    prefix: /^nt-?/i, permission: 'finance.netting.read', kind: 'nav.finance.nettings',
    find: async (number) =>
      (await ask(api.GET('/api/v1/finance/nettings', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.finance.nettings', each.number, each.partner, `/finance/nettings/${each.id}`)),
  },
  {
    prefix: /^mi-?/i, permission: 'inventory.issue.read', kind: 'nav.inventory.issues',
    find: async (number) =>
      (await ask(api.GET('/api/v1/inventory/issues', { params: { query: { number, limit: '5' } } }))).items.map((each) =>
        hit('nav.inventory.issues', each.number, each.cost_collector, `/inventory/issues/${each.id}`)),
  },
];

async function settled(finding: Promise<Hit[]>[]): Promise<Hit[]> {
  const all = await Promise.allSettled(finding);
  return all.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
}

export async function find(client: QueryClient, may: May, text: string): Promise<Hit[]> {
  const wanted = text.trim();
  if (wanted.length < 2) return [];
  const numbered = /\d{3,}/.test(wanted)
    ? NUMBERED.filter((kind) => may(kind.permission) && (kind.prefix.test(wanted) || /^\d/.test(wanted)))
    : [];
  const finding = numbered.map((kind) => kind.find(wanted.toUpperCase()));
  if (may('masterdata.item.read')) {
    finding.push(
      search(client, 'items', '', wanted).then((entries) =>
        entries.slice(0, 6).map((each) => ({
          group: 'shell.search.items' as const, title: each.code, about: `${each.name}|${each.nameEn}`,
          path: `/masterdata/items/${encodeURIComponent(each.code)}`,
        })),
      ),
    );
  }
  if (may('masterdata.partner.read')) {
    for (const kind of ['customers', 'suppliers'] as const) {
      finding.push(
        search(client, kind, '', wanted).then((entries) =>
          entries.slice(0, 5).map((each) => ({
            group: 'shell.search.partners' as const, title: each.code, about: `${each.name}|${each.nameEn}`,
            path: `/masterdata/partners/${encodeURIComponent(each.code)}`,
          })),
        ),
      );
    }
  }
  const hits = await settled(finding);
  const seen = new Set<string>();
  return hits.filter((each) => !seen.has(each.path) && seen.add(each.path));
}
