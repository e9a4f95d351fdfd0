/** What belongs to an order in the other services, as far as the person may see it. */

import { api, ask } from '../../api/client';
import { money } from '../../lib/decimal';
import type { May } from '../../api/rights';
import { gathered, type LinkedDocument, type LinkedDocuments } from '../../parts/document/Linked';

const LIMIT = '200';

export async function linkedOfOrder(order: string, number: string, may: May): Promise<LinkedDocuments> {
  const none = Promise.resolve<LinkedDocument[]>([]);
  const parts = [
    may('inventory.delivery.read')
      ? ask(api.GET('/api/v1/inventory/deliveries', { params: { query: { order, limit: LIMIT } } })).then((found) =>
          found.items.map((each) => ({
            kind: 'nav.inventory.deliveries' as const, number: each.number, path: `/inventory/deliveries/${each.id}`,
            status: each.status, about: each.warehouse,
          })))
      : none,
    may('finance.invoice.read')
      ? ask(api.GET('/api/v1/finance/invoices', { params: { query: { order: number, limit: LIMIT } } })).then((found) =>
          found.items.map((each) => ({
            kind: 'nav.finance.invoices' as const, number: each.number, path: `/finance/invoices/${each.id}`,
            status: each.status, about: money(each.amount_gross),
          })))
      : none,
    may('sales.return.read')
      ? ask(api.GET('/api/v1/sales/returns', { params: { query: { order, limit: LIMIT } } })).then((found) =>
          found.items.map((each) => ({
            kind: 'nav.sales.returns' as const, number: each.number, path: `/sales/returns/${each.id}`, status: each.status,
          })))
      : none,
    may('finance.payment.read')
      ? ask(api.GET('/api/v1/finance/payments', { params: { query: { order: number, limit: LIMIT } } })).then((found) =>
          found.items.map((each) => ({
            kind: 'nav.finance.payments' as const, number: each.number, path: `/finance/payments/${each.id}`,
            status: each.status, about: money(each.amount),
          })))
      : none,
    may('purchasing.requisition.read')
      ? ask(api.GET('/api/v1/purchasing/requisitions', { params: { query: { order, limit: LIMIT } } })).then((found) =>
          found.items.map((each) => ({
            kind: 'nav.purchasing.requisitions' as const, number: each.number,
            path: `/purchasing/requisitions/${each.id}`, status: each.status,
          })))
      : none,
  ];
  return gathered(parts);
}
