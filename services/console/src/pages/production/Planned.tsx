import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ListPage } from '../../parts/list/ListPage';
import { item, named, quantity, status, text, word } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';

type Row = Schemas['production_PlannedOrderView'];

function Pegs({ row }: { row: Row }): ReactNode {
  const { t } = useWords();
  return <Link to={`/production/pegs/${row.id}`}>{t('making.pegs')}</Link>;
}

function Late({ late }: { late: boolean }): ReactNode {
  const { t } = useWords();
  return <span className={`tag ${late ? 'tag-bad' : 'tag-good'}`}>{t(late ? 'making.overdue' : 'making.onTime')}</span>;
}

const spec: ListSpec<Row> = {
  id: 'planned-orders',
  title: 'nav.production.planned',
  permission: 'production.plan.read',
  queryKey: ['production', 'planned-orders'],
  load: ({ filters: { kind, status: state, ...filters }, ...paging }) =>
    ask(api.GET('/api/v1/production/planned-orders', {
      params: { query: {
        ...filters, ...paging,
        ...(kind ? { kind: kind as 'buy' } : {}), ...(state ? { status: state as 'planned' } : {}),
      } },
    })),
  rowKey: (row) => row.id,
  byCompany: true,
  bulk: {
    title: 'making.firm',
    permission: 'production.plan.firm',
    can: (row) => row.status === 'planned',
    send: async (ids, header) => {
      const answer = await ask(api.POST('/api/v1/production/planned-orders:firm', { params: { header }, body: { planned_orders: [...ids] } }));
      return answer.results
        .filter((each) => each.problem)
        .map((each) => ({ key: ids[each.index] ?? '', reason: String(each.problem?.['detail'] ?? each.problem?.['title'] ?? each.status) }));
    },
    concerns: [['production'], ['purchasing']],
  },
  filters: [
    { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
    { name: 'kind', title: 'f.kind', kind: 'choice', values: ['buy', 'make', 'transfer'], of: 'making' },
    { name: 'status', title: 'f.status', kind: 'choice', values: ['planned', 'firmed'] },
  ],
  columns: [
    item((row) => row.item),
    word('kind', 'f.kind', (row) => row.kind, { of: 'making' }),
    { ...status<Row>((row) => row.status), cell: (row) => <StatusTag status={row.status} /> },
    quantity('quantity', 'f.quantity', (row) => row.quantity),
    text('unit', 'f.unit', (row) => row.unit),
    text('start_date', 'f.start_date', (row) => row.start_date),
    text('due_date', 'f.due_date', (row) => row.due_date),
    { key: 'late', title: 'making.overdue', cell: (row) => <Late late={row.late} />, text: (row) => String(row.late) },
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    named('from_warehouse', 'f.from_warehouse', 'warehouses', (row) => row.from_warehouse, { extra: true }),
    named('supplier', 'f.supplier', 'suppliers', (row) => row.supplier),
    text('document', 'f.document', (row) => row.document),
    { key: 'pegs', title: 'making.pegs', cell: (row) => <Pegs row={row} />, text: () => '' },
  ],
};

export default function PlannedOrders(): ReactNode {
  return <ListPage spec={spec} />;
}
