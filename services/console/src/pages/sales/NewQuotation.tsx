import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { SalesEntry } from './SalesEntry';

export const VALID_UNTIL = { name: 'valid_until', title: 'f.valid_until', kind: 'date', need: true } as const;

export default function NewQuotation(): ReactNode {
  return (
    <Allowed permission="sales.quotation.draft">
      <SalesEntry<Schemas['sales_QuotationView']>
        kind="nav.sales.quotations"
        submit="quotation.draft"
        back="/sales/quotations"
        own={VALID_UNTIL}
        send={(body, until, header) =>
          ask(api.POST('/api/v1/sales/quotations', { params: { header }, body: { ...body, valid_until: until } }))
        }
        to={(quotation) => `/sales/quotations/${quotation.id}`}
      />
    </Allowed>
  );
}
