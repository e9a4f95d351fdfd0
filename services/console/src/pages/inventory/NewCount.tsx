import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given } from '../../parts/entry/Fields';

export default function NewCount(): ReactNode {
  return (
    <FieldsPage<Schemas['inventory_CountView']>
      kind="nav.inventory.counts"
      submit="count.begin"
      permission="inventory.count.create"
      fields={[
        { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses', need: true },
        { name: 'items', title: 'count.items', kind: 'words' },
        { name: 'text', title: 'f.text', kind: 'text' },
        { name: 'blind', title: 'count.blind', kind: 'tick' },
      ]}
      send={(values, company, header) =>
        ask(api.POST('/api/v1/inventory/counts', { params: { header }, body: { ...given<Schemas['inventory_CountIn']>(values), company } }))
      }
      concerns={[['inventory']]}
      to={(count) => `/inventory/counts/${count.id}`}
      back="/inventory/counts"
    />
  );
}
