import type { ReactNode } from 'react';

import { Named } from '../../parts/show';

/** Who paid or was paid: money comes from customers and goes to suppliers. */
export const Party = ({ direction, code }: { direction: string; code: string }): ReactNode => (
  <Named kind={direction === 'received' ? 'customers' : 'suppliers'} code={code} />
);
