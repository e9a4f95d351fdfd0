/** All that happened to an order, put together from what each service keeps of it. */

import { api, ask, type Schemas } from '../../api/client';
import type { May } from '../../api/rights';
import type { Key } from '../../i18n';

export interface CaseNode {
  id: string;
  kind: Key;
  number: string;
  path: string;
  status: string;
  at: string;
  amount: string | null;
  about: string;
  /** Where it stands in the graph, from left to right. */
  column: number;
  vouchers: number;
}

export interface Case {
  order: Schemas['sales_OrderView'];
  nodes: CaseNode[];
  edges: { from: string; to: string }[];
  vouchers: Schemas['finance_VoucherView'][];
  /** What could not be asked for now. */
  missing: string[];
}

const LIMIT = '200';

async function given<T>(allowed: boolean, name: string, missing: string[], asking: () => Promise<{ items: T[] }>): Promise<T[]> {
  if (!allowed) return [];
  try {
    return (await asking()).items;
  } catch {
    missing.push(name);
    return [];
  }
}

export async function loadCase(id: string, may: May): Promise<Case> {
  const order = await ask(api.GET('/api/v1/sales/orders/{order}', { params: { path: { order: id } } }));
  const missing: string[] = [];
  const byId = { order: order.id, limit: LIMIT };
  const byNumber = { order: order.number, limit: LIMIT };
  const [deliveries, returns, goods, requisitions, invoices, credits, payments, vouchers, reservation] = await Promise.all([
    given(may('inventory.delivery.read'), 'inventory', missing, () => ask(api.GET('/api/v1/inventory/deliveries', { params: { query: byId } }))),
    given(may('sales.return.read'), 'sales', missing, () => ask(api.GET('/api/v1/sales/returns', { params: { query: byId } }))),
    given(may('inventory.return.read'), 'inventory', missing, () => ask(api.GET('/api/v1/inventory/returns', { params: { query: byId } }))),
    given(may('purchasing.requisition.read'), 'purchasing', missing, () => ask(api.GET('/api/v1/purchasing/requisitions', { params: { query: byId } }))),
    given(may('finance.invoice.read'), 'finance', missing, () => ask(api.GET('/api/v1/finance/invoices', { params: { query: byNumber } }))),
    given(may('finance.credit_note.read'), 'finance', missing, () => ask(api.GET('/api/v1/finance/credit-notes', { params: { query: byNumber } }))),
    given(may('finance.payment.read'), 'finance', missing, () => ask(api.GET('/api/v1/finance/payments', { params: { query: byNumber } }))),
    given(may('finance.voucher.read'), 'finance', missing, () => ask(api.GET('/api/v1/finance/vouchers', { params: { query: { source: order.number, limit: LIMIT } } }))),
    given(may('inventory.reservation.read'), 'inventory', missing, () => ask(api.GET('/api/v1/inventory/reservations', { params: { query: { order: order.id } } }))),
  ]);

  const supplies = new Set(
    reservation.flatMap((each) => each.lines).flatMap((line) => line.expected)
      .filter((expected) => expected.source.startsWith('PO-')).map((expected) => expected.source_id),
  );
  const purchases = may('purchasing.order.read')
    ? (await Promise.allSettled([...supplies].slice(0, 20).map((ref) =>
        ask(api.GET('/api/v1/purchasing/orders/{ref}', { params: { path: { ref } } })),
      ))).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    : [];

  const nodes: CaseNode[] = [];
  const edges: { from: string; to: string }[] = [];
  const count = new Map<string, number>();
  for (const voucher of vouchers) count.set(voucher.source_number, (count.get(voucher.source_number) ?? 0) + 1);
  const add = (node: Omit<CaseNode, 'vouchers'>, from: string | undefined): void => {
    nodes.push({ ...node, vouchers: count.get(node.number) ?? 0 });
    if (from) edges.push({ from, to: node.id });
  };

  add({ id: order.id, kind: 'nav.sales.orders', number: order.number, path: `/sales/orders/${order.id}`, status: order.status,
    at: order.placed_at, amount: order.amount_gross, about: order.customer, column: 0 }, undefined);
  for (const each of requisitions) {
    add({ id: each.id, kind: 'nav.purchasing.requisitions', number: each.number, path: `/purchasing/requisitions/${each.id}`,
      status: each.status, at: each.recorded_at, amount: null, about: each.lines.map((line) => line.item).join(', '), column: 1 }, order.id);
  }
  for (const each of purchases) {
    add({ id: each.id, kind: 'nav.purchasing.orders', number: each.number, path: `/purchasing/orders/${each.id}`, status: each.status,
      at: each.recorded_at, amount: each.amount_gross, about: each.supplier, column: requisitions.length > 0 ? 2 : 1 },
      requisitions[0]?.id ?? order.id);
  }
  const shipped = new Map<string, string>();
  for (const each of deliveries) {
    if (each.shipment) shipped.set(each.shipment, each.id);
    add({ id: each.id, kind: 'nav.inventory.deliveries', number: each.number, path: `/inventory/deliveries/${each.id}`,
      status: each.status, at: each.recorded_at, amount: each.amount_gross ?? null, about: each.warehouse, column: 1 }, order.id);
  }
  const invoiced = new Map<string, string>();
  for (const each of invoices) {
    invoiced.set(each.number, each.id);
    const sources = new Set(each.lines.map((line) => shipped.get(line.shipment)).filter((source) => source !== undefined));
    add({ id: each.id, kind: 'nav.finance.invoices', number: each.number, path: `/finance/invoices/${each.id}`, status: each.status,
      at: each.recorded_at, amount: each.amount_gross, about: '', column: 2 }, sources.size > 0 ? undefined : order.id);
    for (const source of sources) edges.push({ from: source, to: each.id });
  }
  for (const each of returns) {
    add({ id: each.id, kind: 'nav.sales.returns', number: each.number, path: `/sales/returns/${each.id}`, status: each.status,
      at: each.recorded_at, amount: each.amount_gross, about: each.reason, column: 1 }, order.id);
  }
  const back = new Map<string, string>();
  for (const each of goods) {
    back.set(each.id, each.id);
    add({ id: each.id, kind: 'nav.inventory.returns', number: each.number, path: `/inventory/returns/${each.id}`, status: each.status,
      at: each.recorded_at, amount: each.amount_gross, about: each.warehouse, column: 2 },
      returns.some((one) => one.id === each.authorisation) ? each.authorisation : order.id);
  }
  for (const each of credits) {
    invoiced.set(each.number, each.id);
    add({ id: each.id, kind: 'case.creditNote', number: each.number, path: `/finance/vouchers?source=${encodeURIComponent(each.number)}`,
      status: each.status, at: each.recorded_at, amount: each.amount_gross, about: '', column: 3 }, back.get(each.goods_return) ?? order.id);
  }
  for (const each of payments) {
    const sources = [...new Set(each.allocations.map((one) => invoiced.get(one.number)).filter((source) => source !== undefined))];
    add({ id: each.id, kind: 'nav.finance.payments', number: each.number, path: `/finance/payments/${each.id}`, status: each.status,
      at: each.recorded_at, amount: each.amount, about: each.reference, column: 4 }, sources.length > 0 ? undefined : order.id);
    for (const source of sources) edges.push({ from: source, to: each.id });
  }
  return { order, nodes, edges, vouchers, missing: [...new Set(missing)] };
}
