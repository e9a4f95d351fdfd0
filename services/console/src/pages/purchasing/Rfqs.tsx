import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['purchasing_RfqView'];

/** No event tells of a request. */
const OFTEN_MS = 15_000;

const path = (row: Row): string => `/purchasing/rfqs/${row.id}`;
const answered = (row: Row): number => row.offers.filter((offer) => offer.lines.length > 0).length;

const spec: ListSpec<Row> = {
  id: 'purchasing-rfqs',
  title: 'nav.purchasing.rfqs',
  permission: 'purchasing.rfq.read',
  queryKey: ['purchasing', 'rfqs'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/purchasing/rfqs', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  often: OFTEN_MS,
  create: { path: '/purchasing/rfqs/new', permission: 'purchasing.rfq.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['open', 'awarded', 'cancelled'], of: 'rfq' },
    { name: 'awarded_to', title: 'f.awarded_to', kind: 'lookup', of: 'suppliers' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    status((row) => row.status, { of: 'rfq' }),
    text('answer_until', 'f.answer_until', (row) => row.answer_until, { sort: 'answer_until' }),
    text('offers', 'rfq.offers', (row) => `${answered(row)} / ${row.offers.length}`, { numeric: true }),
    named('awarded_to', 'f.awarded_to', 'suppliers', (row) => row.awarded_to),
    link('order_number', 'f.purchase_order', (row) => row.order_number, (row) => `/purchasing/orders/${row.order ?? ''}`),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function Rfqs(): ReactNode {
  return <ListPage spec={spec} />;
}
