import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { minus } from '../../lib/decimal';
import { Asking } from '../../parts/document/Asking';
import { given } from '../../parts/entry/Fields';
import { ListPage } from '../../parts/list/ListPage';
import { link, money, named, quantity, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_SubcontractView'];

/** What came back from outside, and the supplier's bill for it. */
function CameBack({ row }: { row: Row }): ReactNode {
  return (
    <Asking
      small
      title="subcontract.receive"
      permission="production.subcontract.receive"
      when={row.status === 'sent'}
      version={row.version}
      number={row.number}
      fields={[
        { name: 'supplier_number', title: 'f.supplier_number', kind: 'text', need: true },
        { name: 'good', title: 'f.good', kind: 'decimal', need: true },
        { name: 'scrapped', title: 'f.scrapped', kind: 'decimal' },
        { name: 'amount_net', title: 'f.amount_net', kind: 'decimal' },
        { name: 'due_date', title: 'f.due_date', kind: 'date' },
      ]}
      first={{ good: minus(minus(row.quantity, row.good), row.scrapped) }}
      concerns={[['production'], ['finance']]}
      send={(values, header) =>
        ask(api.POST('/api/v1/production/subcontracts/{ref}/receive', {
          params: { path: { ref: row.id }, header }, body: given<Schemas['production_CameBackIn']>(values),
        }))
      }
    />
  );
}

const spec: ListSpec<Row> = {
  id: 'subcontracts',
  title: 'nav.production.subcontracts',
  permission: 'production.subcontract.read',
  queryKey: ['production', 'subcontracts'],
  load: ({ filters: { status: state, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/production/subcontracts', { params: { query: { ...filters, ...paging, ...(state ? { status: state as 'sent' } : {}) } } })),
  rowKey: (row) => row.id,
  byCompany: true,
  filters: [
    { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['sent', 'received'], of: 'subcontract' },
  ],
  columns: [
    text('number', 'f.number', (row) => row.number),
    status((row) => row.status, { of: 'subcontract' }),
    link('order_number', 'f.order_number', (row) => row.order_number, (row) => `/production/orders/${row.order}`),
    text('operation', 'f.operation', (row) => String(row.operation), { numeric: true }),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier),
    quantity('quantity', 'f.quantity', (row) => row.quantity),
    quantity('good', 'f.good', (row) => row.good),
    quantity('scrapped', 'f.scrapped', (row) => row.scrapped),
    money('unit_price', 'f.unit_price', (row) => row.unit_price),
    text('currency', 'f.currency', (row) => row.currency, { extra: true }),
    text('business_date', 'f.business_date', (row) => row.business_date),
    { key: 'receive', title: 'subcontract.receive', cell: (row) => <CameBack row={row} />, text: () => '' },
  ],
};

export default function Subcontracts(): ReactNode {
  return <ListPage spec={spec} />;
}
