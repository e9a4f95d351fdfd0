import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, named, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['purchasing_AgreementView'];

/** No event tells of a blanket order. */
const OFTEN_MS = 15_000;

const path = (row: Row): string => `/purchasing/agreements/${row.id}`;

const spec: ListSpec<Row> = {
  id: 'purchasing-agreements',
  title: 'nav.purchasing.agreements',
  permission: 'purchasing.agreement.read',
  queryKey: ['purchasing', 'agreements'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/purchasing/agreements', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  open: path,
  sort: '-recorded_at',
  byCompany: true,
  often: OFTEN_MS,
  create: { path: '/purchasing/agreements/new', permission: 'purchasing.agreement.create' },
  filters: [
    { name: 'number', title: 'f.number', kind: 'text' },
    { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['draft', 'approved', 'closed'], of: 'agreement' },
  ],
  columns: [
    link('number', 'f.number', (row) => row.number, path, { sort: 'number' }),
    status((row) => row.status, { of: 'agreement' }),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier, { sort: 'supplier' }),
    text('valid_from', 'f.valid_from', (row) => row.valid_from),
    text('valid_until', 'f.valid_until', (row) => row.valid_until, { sort: 'valid_until' }),
    text('lines', 'doc.lines', (row) => String(row.lines.length), { numeric: true }),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { sort: 'recorded_at' }),
  ],
};

export default function Agreements(): ReactNode {
  return <ListPage spec={spec} />;
}
