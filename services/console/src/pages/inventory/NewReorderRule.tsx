import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given, type FieldSpec } from '../../parts/entry/Fields';

const fields: FieldSpec[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', need: true },
  { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses', need: true },
  { name: 'minimum', title: 'f.minimum', kind: 'decimal', need: true },
  { name: 'maximum', title: 'f.maximum', kind: 'decimal', need: true },
];

export default function NewReorderRule(): ReactNode {
  return (
    <FieldsPage<Schemas['inventory_ReorderRuleView']>
      kind="nav.inventory.reorder"
      submit="reorder.add"
      permission="inventory.reorder_rule.change"
      fields={fields}
      send={(values, company, header) =>
        ask(api.POST('/api/v1/inventory/reorder-rules', { params: { header }, body: { ...given<Schemas['inventory_ReorderRuleIn']>(values), company } }))
      }
      concerns={[['inventory', 'reorder-rules']]}
      to={() => '/inventory/reorder-rules'}
      back="/inventory/reorder-rules"
    />
  );
}
