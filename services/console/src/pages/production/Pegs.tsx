import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { Panel, type LineColumn } from '../../parts/document/Document';
import { ItemName, Named, Quantity } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { Tree } from '../../parts/Tree';

type Peg = Schemas['production_PegView'];
type Side = 'up' | 'down';

const ID = /^[0-9a-f]{8}-/;

/** The document at the far end of a peg. */
function End({ peg, side }: { peg: Peg; side: Side }): ReactNode {
  const { value } = useWords();
  const may = useMay();
  const kind = side === 'up' ? peg.need_kind : peg.supply_kind;
  const id = side === 'up' ? peg.need : peg.supply;
  const isDocument = ID.test(id);
  const sold = useQuery({
    queryKey: ['sales', 'orders', 'peg', id],
    queryFn: () => ask(api.GET('/api/v1/sales/orders/{order}', { params: { path: { order: id } } })),
    enabled: side === 'up' && kind === 'demand' && isDocument && may('sales.order.read'),
    retry: false,
  });
  const made = useQuery({
    queryKey: ['production', 'orders', 'peg', id],
    queryFn: () => ask(api.GET('/api/v1/production/orders/{ref}', { params: { path: { ref: id } } })),
    enabled: isDocument && ((side === 'up' && kind === 'demand' && sold.isError) || (side === 'down' && kind === 'receipt')),
    retry: false,
  });
  const bought = useQuery({
    queryKey: ['purchasing', 'orders', 'peg', id],
    queryFn: () => ask(api.GET('/api/v1/purchasing/orders/{ref}', { params: { path: { ref: id } } })),
    enabled: isDocument && side === 'down' && kind === 'receipt' && made.isError && may('purchasing.order.read'),
    retry: false,
  });
  const link = sold.data
    ? <Link to={`/sales/orders/${id}`}>{sold.data.number}</Link>
    : made.data
      ? <Link to={`/production/orders/${id}`}>{made.data.number}</Link>
      : bought.data
        ? <Link to={`/purchasing/orders/${id}`}>{bought.data.number}</Link>
        : null;
  return (
    <span>
      <span className="tag">{value(kind, 'making')}</span> {link}
    </span>
  );
}

const columns = (side: Side): LineColumn<Peg>[] => [
  { title: side === 'up' ? 'making.pegUp' : 'making.pegDown', cell: (peg) => <End peg={peg} side={side} /> },
  { title: 'f.item', cell: (peg) => <ItemName code={peg.item} /> },
  { title: 'f.warehouse', cell: (peg) => <Named kind="warehouses" code={peg.warehouse} /> },
  { title: 'f.quantity', numeric: true, cell: (peg) => <Quantity value={peg.quantity} /> },
  { title: 'f.supply_date', cell: (peg) => peg.supply_date },
  { title: 'f.need_date', cell: (peg) => peg.need_date },
];

const load = (side: Side, id: string): Promise<Peg[]> =>
  ask(api.GET('/api/v1/production/mrp/pegs', { params: { query: side === 'up' ? { supply: id } : { need: id } } }));

function PegTree({ id, side }: { id: string; side: Side }): ReactNode {
  const { t } = useWords();
  const query = useQuery({ queryKey: ['production', 'pegs', side, id], queryFn: () => load(side, id) });
  return (
    <Panel title={side === 'up' ? 'making.pegUp' : 'making.pegDown'}>
      <Loaded query={query} rows={3}>
        {(roots) =>
          roots.length === 0 ? (
            <p className="panel-body quiet">{t(side === 'up' ? 'making.noPegs' : 'making.noNeeds')}</p>
          ) : (
            <Tree
              label={side === 'up' ? 'making.pegUp' : 'making.pegDown'}
              roots={roots}
              keyOf={(peg) => `${peg.supply}${peg.need}${peg.need_line}`}
              columns={columns(side)}
              open={2}
              ask={(peg) => {
                const next = side === 'up' ? peg.need : peg.supply;
                return ID.test(next) ? { queryKey: ['production', 'pegs', side, next], load: () => load(side, next) } : null;
              }}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

export default function Pegs(): ReactNode {
  const { t } = useWords();
  const { id = '' } = useParams();
  return (
    <Allowed permission="production.plan.read">
      <div className="page">
        <div className="page-head">
          <h1>{t('making.pegs')}</h1>
          <Link to="/production/planned-orders">{t('nav.production.planned')}</Link>
        </div>
        <PegTree id={id} side="up" />
        <PegTree id={id} side="down" />
      </div>
    </Allowed>
  );
}
