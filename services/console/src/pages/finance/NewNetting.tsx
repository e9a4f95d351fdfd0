import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given, type FieldSpec } from '../../parts/entry/Fields';

const fields: FieldSpec[] = [
  { name: 'partner', title: 'f.partner', kind: 'lookup', of: 'customers', need: true },
  { name: 'amount', title: 'f.amount', kind: 'decimal' },
  { name: 'reference', title: 'f.reference', kind: 'text' },
  { name: 'business_date', title: 'f.business_date', kind: 'date' },
  { name: 'posting_date', title: 'f.posting_date', kind: 'date' },
];

export default function NewNetting(): ReactNode {
  return (
    <FieldsPage<Schemas['finance_NettingView']>
      kind="nav.finance.nettings"
      submit="netting.enter"
      permission="finance.netting.enter"
      fields={fields}
      note="netting.hint"
      send={(values, company, header) =>
        ask(api.POST('/api/v1/finance/nettings', { params: { header }, body: { ...given<Schemas['finance_NettingIn']>(values), company } }))
      }
      concerns={[['finance'], ['sales', 'credit']]}
      to={(netting) => `/finance/nettings/${netting.id}`}
      back="/finance/nettings"
    />
  );
}
