/** What belongs to a production order: the demand it is for, its bill, odd pieces, work given outside. */

import { api, ask, type Schemas } from '../../api/client';
import type { May } from '../../api/rights';
import { plain } from '../../lib/decimal';
import { gathered, type LinkedDocument, type LinkedDocuments } from '../../parts/document/Linked';

type Order = Schemas['production_OrderView'];

export function linkedOfProduction(order: Order, may: May): Promise<LinkedDocuments> {
  const parts: Promise<LinkedDocument[]>[] = [];
  const { sales_order: sold, bom } = order;
  if (sold && may('sales.order.read')) {
    parts.push(
      ask(api.GET('/api/v1/sales/orders/{order}', { params: { path: { order: sold } } })).then((found) => [
        { kind: 'nav.sales.orders', number: found.number, path: `/sales/orders/${found.id}`, status: found.status, about: found.customer },
      ]),
    );
  }
  if (bom && may('production.bom.read')) {
    parts.push(
      ask(api.GET('/api/v1/production/boms/{ref}', { params: { path: { ref: bom } } })).then((found) => [
        { kind: 'nav.production.boms', number: found.number, path: `/production/boms/${found.id}`, about: found.revision },
      ]),
    );
  }
  if (may('production.quality.read')) {
    parts.push(
      ask(api.GET('/api/v1/production/nonconformances', { params: { query: { order: order.id, limit: '100' } } })).then((found) =>
        found.items.map((each) => ({
          kind: 'nav.production.quality' as const, number: each.number, path: '/production/quality',
          status: each.status, about: `${plain(each.quantity)} ${each.defect}`,
        })),
      ),
    );
  }
  return gathered(parts);
}
