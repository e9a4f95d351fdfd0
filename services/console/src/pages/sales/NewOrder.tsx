import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { SalesEntry } from './SalesEntry';

/** What a person enters goes before what comes by the API without a priority. */
const PRIORITY = 50;

export default function NewOrder(): ReactNode {
  return (
    <Allowed permission="sales.order.place">
      <SalesEntry<Schemas['sales_OrderView']>
        kind="nav.sales.orders"
        submit="sales.place"
        back="/sales/orders"
        own={{ name: 'channel_number', title: 'f.channel_number', kind: 'text' }}
        send={(body, channel, header) =>
          ask(api.POST('/api/v1/sales/orders', {
            params: { header }, body: { ...body, priority: PRIORITY, ...(channel ? { channel_number: channel } : {}) },
          }))
        }
        to={(order) => `/sales/orders/${order.id}`}
      />
    </Allowed>
  );
}
