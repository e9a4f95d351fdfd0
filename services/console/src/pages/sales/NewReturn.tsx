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
        {(found) => {
          // goods come back at the cost of the shipment that they left with
          const shipped = (found.shipments ?? []).flatMap((shipment) => shipment.lines.map((line) => ({ shipment, line })));
          return (
            <DraftReturn
              kind="nav.sales.returns"
              number={found.number}
              lines={shipped.map(({ shipment, line }, index) => ({
                line: index + 1, item: line.item, unit: line.unit, open: line.quantity,
                about: `${shipment.number} · ${shipment.warehouse}`,
              }))}
              send={(taken, reason, header) =>
                ask(
                  api.POST('/api/v1/sales/returns', {
                    params: { header },
                    body: {
                      order: found.id,
                      reason,
                      lines: taken.flatMap(({ line, quantity }) => {
                        const of = shipped[line - 1];
                        return of ? [{ order_line: of.line.order_line, shipment: of.shipment.id, quantity }] : [];
                      }),
                    },
                  }),
                )
              }
              concerns={[['sales'], ['case']]}
              onDone={(made) => void navigate(`/sales/returns/${made.id}`, { replace: true })}
            />
          );
        }}
      </Loaded>
    </Allowed>
  );
}
