import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { minus } from '../../lib/decimal';
import { Loaded } from '../../parts/states';
import { DraftReturn } from '../returns';

export default function NewPurchaseReturn(): ReactNode {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const ref = params.get('order') ?? '';
  const query = useQuery({
    queryKey: ['purchasing', 'orders', 'one', ref],
    queryFn: () => ask(api.GET('/api/v1/purchasing/orders/{ref}', { params: { path: { ref } } })),
  });
  return (
    <Allowed permission="purchasing.return.create">
      <Loaded query={query}>
        {(order) => (
          <DraftReturn
            kind="nav.purchasing.returns"
            number={order.number}
            lines={order.lines.map((line) => ({
              line: line.line, item: line.item, unit: line.unit, open: minus(line.quantity_received, line.quantity_returned),
            }))}
            send={(taken, reason, header) =>
              ask(
                api.POST('/api/v1/purchasing/returns', {
                  params: { header },
                  body: { purchase_order: order.id, reason, lines: [...taken] },
                }),
              )
            }
            concerns={[['purchasing']]}
            onDone={(made) => void navigate(`/purchasing/returns/${made.id}`, { replace: true })}
          />
        )}
      </Loaded>
    </Allowed>
  );
}
