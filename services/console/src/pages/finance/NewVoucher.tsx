import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { today } from '../../lib/dates';
import { VoucherEntry } from './VoucherEntry';

export default function NewVoucher(): ReactNode {
  return (
    <Allowed permission="finance.voucher.post">
      <VoucherEntry<Schemas['finance_VoucherView']>
        kind="nav.finance.vouchers"
        submit="voucher.post"
        place="/finance/vouchers"
        first={{ posting_date: today() }}
        send={(body, header) => ask(api.POST('/api/v1/finance/vouchers', { params: { header }, body }))}
      />
    </Allowed>
  );
}
