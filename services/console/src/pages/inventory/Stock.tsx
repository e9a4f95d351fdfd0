import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { item, money, named, quantity, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['inventory_StockView'];

const moves = (row: Row): string =>
  `/inventory/moves?item=${encodeURIComponent(row.item)}&warehouse=${encodeURIComponent(row.warehouse)}`;

function MovesLink({ row }: { row: Row }): ReactNode {
  const { t } = useWords();
  return <Link to={moves(row)}>{t('nav.inventory.moves')}</Link>;
}

const spec: ListSpec<Row> = {
  id: 'stock',
  title: 'nav.inventory.stock',
  permission: 'inventory.stock.read',
  queryKey: ['inventory', 'stock'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/inventory/stock', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => `${row.item}/${row.warehouse}`,
  open: moves,
  byCompany: true,
  filters: [
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
  ],
  columns: [
    item((row) => row.item),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    text('unit', 'f.unit', (row) => row.unit),
    quantity('on_hand', 'f.on_hand', (row) => row.on_hand),
    quantity('reserved', 'f.reserved', (row) => row.reserved),
    quantity('available', 'f.available', (row) => row.available),
    quantity('promised', 'f.promised', (row) => row.promised),
    quantity('on_order', 'f.on_order', (row) => row.on_order),
    quantity('in_transit', 'f.in_transit', (row) => row.in_transit),
    quantity('quarantine', 'f.quarantine', (row) => row.quarantine),
    quantity('blocked', 'f.blocked', (row) => row.blocked, { extra: true }),
    money('value', 'f.value', (row) => row.value),
    { key: 'moves', title: 'nav.inventory.moves', cell: (row) => <MovesLink row={row} />, text: () => '', extra: true },
  ],
};

export default function Stock(): ReactNode {
  return <ListPage spec={spec} />;
}
