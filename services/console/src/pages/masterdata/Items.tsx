import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, quantity, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';
import { WordCell } from '../../parts/words';

type Row = Schemas['masterdata_ItemRecord'];

const path = (row: Row): string => `/masterdata/items/${encodeURIComponent(row.code)}`;

const spec: ListSpec<Row> = {
  id: 'items',
  title: 'nav.masterdata.items',
  permission: 'masterdata.item.read',
  queryKey: ['masterdata', 'items'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/masterdata/items', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: 'code',
  create: { path: '/masterdata/items/new', permission: 'masterdata.item.create' },
  filters: [
    { name: 'q', title: 'f.q', kind: 'text' },
    { name: 'barcode', title: 'f.barcode', kind: 'text' },
    { name: 'procurement', title: 'f.procurement', kind: 'choice', values: ['buy', 'make', 'phantom'] },
    { name: 'tracking', title: 'f.tracking', kind: 'choice', values: ['none', 'lot', 'serial'] },
    { name: 'active', title: 'f.status', kind: 'choice', values: ['true', 'false'], words: { true: 'v.active', false: 'v.inactive' } },
  ],
  columns: [
    link('code', 'f.code', (row) => row.code, path, { sort: 'code' }),
    text('name', 'f.name', (row) => row.name),
    text('name_en', 'f.name_en', (row) => row.name_en),
    text('specification', 'f.specification', (row) => row.specification, { extra: true }),
    text('base_unit', 'f.base_unit', (row) => row.base_unit),
    { ...text<Row>('procurement', 'f.procurement', (row) => row.procurement), cell: (row) => <WordCell word={row.procurement} /> },
    { ...text<Row>('tracking', 'f.tracking', (row) => row.tracking, { extra: true }), cell: (row) => <WordCell word={row.tracking} /> },
    { ...text<Row>('valuation_class', 'f.valuation_class', (row) => row.valuation_class), cell: (row) => <WordCell word={row.valuation_class} /> },
    text('category', 'f.category', (row) => row.category, { extra: true }),
    text('barcode', 'f.barcode', (row) => row.barcode),
    money('list_price', 'f.list_price', (row) => row.list_price),
    money('standard_cost', 'f.standard_cost', (row) => row.standard_cost),
    text('tax_code', 'f.tax_code', (row) => row.tax_code),
    quantity('safety_stock', 'f.safety_stock', (row) => row.safety_stock, { extra: true }),
    quantity('reorder_point', 'f.reorder_point', (row) => row.reorder_point, { extra: true }),
    { ...text<Row>('status', 'f.status', (row) => (row.active ? 'active' : 'inactive')), cell: (row) => <StatusTag status={row.active ? 'active' : 'inactive'} /> },
  ],
};

export default function Items(): ReactNode {
  return <ListPage spec={spec} />;
}
