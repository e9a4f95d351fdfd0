import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { today } from '../../lib/dates';
import { VoucherEntry } from './VoucherEntry';

export default function NewDraft(): ReactNode {
  return (
    <Allowed permission="finance.voucher_draft.write">
      <VoucherEntry<Schemas['finance_DraftView']>
        kind="nav.finance.drafts"
        submit="draft.save"
        place="/finance/voucher-drafts"
        first={{ posting_date: today() }}
        send={(body, header) => ask(api.POST('/api/v1/finance/voucher-drafts', { params: { header }, body }))}
      />
    </Allowed>
  );
}
