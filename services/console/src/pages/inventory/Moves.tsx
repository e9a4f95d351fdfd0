import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useWords, type Key } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { item, money, moment, quantity, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_MoveView'];

const PLACES: Record<string, Key> = {
  '@supplier': 'place.supplier', '@customer': 'place.customer', '@production': 'place.production',
  '@adjustment': 'place.adjustment', '@opening': 'place.opening', '@value': 'place.value', '@transit': 'place.transit',
};

function Place({ place, status }: { place: string; status: string }): ReactNode {
  const { t, value } = useWords();
  const known = PLACES[place];
  return (
    <>
      {known ? t(known) : place}
      {status && status !== 'available' && <span className="quiet"> {value(status)}</span>}
    </>
  );
}

const PATHS: Record<string, string> = {
  'inventory.GoodsShipped': '/inventory/deliveries?number=',
  'inventory.GoodsReceived': '/inventory/receipts?number=',
  'inventory.GoodsReturned': '/inventory/returns?number=',
};

const spec: ListSpec<Row> = {
  id: 'moves',
  title: 'nav.inventory.moves',
  permission: 'inventory.move.read',
  queryKey: ['inventory', 'moves'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/moves', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => String(row.id),
  sort: '-id',
  byCompany: true,
  filters: [
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
    { name: 'lot', title: 'f.lot', kind: 'text' },
    { name: 'document', title: 'f.document', kind: 'text' },
  ],
  columns: [
    text('business_date', 'f.business_date', (row) => row.business_date),
    item((row) => row.item),
    { ...text<Row>('from', 'f.from', (row) => row.source_place), cell: (row) => <Place place={row.source_place} status={row.source_status} /> },
    { ...text<Row>('to', 'f.to', (row) => row.target_place), cell: (row) => <Place place={row.target_place} status={row.target_status} /> },
    quantity('quantity', 'f.quantity', (row) => row.quantity),
    text('unit', 'f.unit', (row) => row.unit),
    money('amount', 'f.amount', (row) => row.amount),
    text('lot', 'f.lot', (row) => row.lot, { extra: true }),
    {
      ...text<Row>('document', 'f.document', (row) => row.document_number),
      cell: (row) => {
        const path = PATHS[row.document_topic];
        return path ? <Link to={path + encodeURIComponent(row.document_number)}>{row.document_number}</Link> : row.document_number;
      },
    },
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at),
  ],
};

export default function Moves(): ReactNode {
  return <ListPage spec={spec} />;
}
