import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { sum } from '../../lib/decimal';
import { Lines, Panel } from '../../parts/document/Document';
import { Money, Named, Quantity } from '../../parts/show';
import { Loaded } from '../../parts/states';

/** Where an item lies, and what it is worth. */
export function StockOfItem({ item }: { item: string }): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const allowed = useMay()('inventory.stock.read');
  const query = useQuery({
    queryKey: ['inventory', 'stock', 'item', company, item],
    queryFn: () => ask(api.GET('/api/v1/inventory/stock', { params: { query: { company, item, limit: '200' } } })),
    enabled: allowed && company !== '',
    refetchInterval: interval,
  });
  if (!allowed) return null;
  return (
    <Panel title="nav.inventory.stock">
      <Loaded query={query} rows={2}>
        {({ items }) => {
          const total = (name: 'on_hand' | 'reserved' | 'available' | 'promised' | 'on_order' | 'in_transit'): ReactNode => (
            <Quantity value={sum(items.map((row) => row[name]), 0)} />
          );
          return (
            <Lines
              rows={items}
              rowKey={(row) => row.warehouse}
              columns={[
                {
                  title: 'f.warehouse', foot: t('doc.total'),
                  cell: (row) => (
                    <Link to={`/inventory/moves?item=${encodeURIComponent(item)}&warehouse=${encodeURIComponent(row.warehouse)}`}>
                      <Named kind="warehouses" code={row.warehouse} />
                    </Link>
                  ),
                },
                { title: 'f.on_hand', numeric: true, cell: (row) => <Quantity value={row.on_hand} unit={row.unit} />, foot: total('on_hand') },
                { title: 'f.reserved', numeric: true, cell: (row) => <Quantity value={row.reserved} />, foot: total('reserved') },
                { title: 'f.available', numeric: true, cell: (row) => <Quantity value={row.available} />, foot: total('available') },
                { title: 'f.promised', numeric: true, cell: (row) => <Quantity value={row.promised} />, foot: total('promised') },
                { title: 'f.on_order', numeric: true, cell: (row) => <Quantity value={row.on_order} />, foot: total('on_order') },
                { title: 'f.in_transit', numeric: true, cell: (row) => <Quantity value={row.in_transit} />, foot: total('in_transit') },
                { title: 'f.value', numeric: true, cell: (row) => <Money value={row.value} />, foot: <Money value={sum(items.map((row) => row.value))} /> },
              ]}
            />
          );
        }}
      </Loaded>
    </Panel>
  );
}
