import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { FieldsPage } from '../../parts/entry/Fields';
import { planBody, planFields } from './ItemPlans';

export default function NewItemPlan(): ReactNode {
  const words = useWords();
  return (
    <FieldsPage<Schemas['production_ItemPlanView']>
      kind="nav.production.itemPlans"
      submit="do.save"
      permission="production.item_plan.add"
      fields={[
        { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', need: true },
        { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
        ...planFields(words),
      ]}
      first={{ lot_rule: 'lot_for_lot' }}
      send={(values, company, header) =>
        ask(api.POST('/api/v1/production/item-plans', { params: { header }, body: { ...planBody<Schemas['production_ItemPlanIn']>(values), company } }))
      }
      concerns={[['production']]}
      to={() => '/production/item-plans'}
      back="/production/item-plans"
    />
  );
}
