import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { Asking } from '../../parts/document/Asking';
import { given, type FieldValues } from '../../parts/entry/Fields';
import { ListPage } from '../../parts/list/ListPage';
import { item, link, quantity, status, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_NonconformanceView'];

const DECISIONS = ['use', 'rework', 'subcontract', 'scrap'] as const;

function Decide({ row }: { row: Row }): ReactNode {
  const { value } = useWords();
  return (
    <Asking
      small
      title="making.decide"
      permission="production.quality.decide"
      when={row.status === 'open'}
      version={row.version}
      number={row.number}
      first={{ decision: 'rework', quantity: row.quantity }}
      fields={[
        { name: 'decision', title: 'f.decision', kind: 'choice', need: true, options: DECISIONS.map((each) => ({ value: each, label: value(each) })) },
        { name: 'quantity', title: 'f.quantity', kind: 'decimal' },
        { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
        { name: 'unit_price', title: 'f.unit_price', kind: 'decimal' },
        { name: 'text', title: 'f.text', kind: 'long' },
      ]}
      concerns={[['production'], ['inventory']]}
      send={(values: FieldValues, header) =>
        ask(api.POST('/api/v1/production/nonconformances/{ref}/decide', {
          params: { path: { ref: row.id }, header }, body: given<Schemas['production_DecisionIn']>(values),
        }))
      }
    />
  );
}

const spec: ListSpec<Row> = {
  id: 'nonconformances',
  title: 'nav.production.quality',
  permission: 'production.quality.read',
  queryKey: ['production', 'nonconformances'],
  load: ({ filters: { status: state, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/production/nonconformances', { params: { query: { ...filters, ...paging, ...(state ? { status: state as 'open' } : {}) } } })),
  rowKey: (row) => row.id,
  byCompany: true,
  filters: [
    { name: 'status', title: 'f.status', kind: 'choice', values: ['open', 'decided'] },
  ],
  columns: [
    text('number', 'f.number', (row) => row.number),
    status((row) => row.status),
    link('order_number', 'f.order_number', (row) => row.order_number, (row) => `/production/orders/${row.order}`),
    item((row) => row.item),
    text('operation', 'f.operation', (row) => String(row.operation), { numeric: true }),
    quantity('quantity', 'f.quantity', (row) => row.quantity),
    text('defect', 'f.defect', (row) => row.defect),
    word('decision', 'f.decision', (row) => row.decision),
    text('business_date', 'f.business_date', (row) => row.business_date),
    { key: 'decide', title: 'making.decide', cell: (row) => <Decide row={row} />, text: () => '' },
  ],
};

export default function Quality(): ReactNode {
  return <ListPage spec={spec} />;
}
