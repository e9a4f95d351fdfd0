import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { PriceListEntry } from './PriceListEntry';

export default function NewPriceList(): ReactNode {
  return (
    <Allowed permission="sales.price_list.create">
      <PriceListEntry send={(body, header) => ask(api.POST('/api/v1/sales/price-lists', { params: { header }, body }))} />
    </Allowed>
  );
}
