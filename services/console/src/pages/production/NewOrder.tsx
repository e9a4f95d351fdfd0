import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given } from '../../parts/entry/Fields';

export default function NewProductionOrder(): ReactNode {
  return (
    <FieldsPage<Schemas['production_OrderView']>
      kind="nav.production.orders"
      submit="making.add"
      permission="production.order.add"
      fields={[
        { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', need: true },
        { name: 'quantity', title: 'f.quantity', kind: 'decimal', need: true },
        { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses', need: true },
        { name: 'start_date', title: 'f.start_date', kind: 'date' },
        { name: 'due_date', title: 'f.due_date', kind: 'date' },
      ]}
      send={(values, company, header) =>
        ask(api.POST('/api/v1/production/orders', {
          params: { header }, body: { ...given<Schemas['production_OrderIn']>(values), company },
        }))
      }
      concerns={[['production']]}
      to={(order) => `/production/orders/${order.id}`}
      back="/production/orders"
    />
  );
}
