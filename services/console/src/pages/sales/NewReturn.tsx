import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { Loaded } from '../../parts/states';
import { DraftReturn } from '../returns';

export default function NewSalesReturn(): ReactNode {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const order = params.get('order') ?? '';
  const query = useQuery({
    queryKey: ['sales', 'orders', 'one', order],
    queryFn: () => ask(api.GET('/api/v1/sales/orders/{order}', { params: { path: { order } } })),
  });
  return (
    <Allowed permission="sales.return.draft">
      <Loaded query={query}>
        {(found) => (
          <DraftReturn
            kind="nav.sales.returns"
            number={found.number}
            lines={found.lines.map((line) => ({ line: line.line, item: line.item, unit: line.unit, open: line.quantity_shipped }))}
            send={(taken, reason, header) =>
              ask(
                api.POST('/api/v1/sales/returns', {
                  params: { header },
                  body: { order: found.id, reason, lines: taken.map(({ line, quantity }) => ({ order_line: line, quantity })) },
                }),
              )
            }
            concerns={[['sales'], ['case']]}
            onDone={(made) => void navigate(`/sales/returns/${made.id}`, { replace: true })}
          />
        )}
      </Loaded>
    </Allowed>
  );
}
