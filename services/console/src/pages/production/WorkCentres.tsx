import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { Asking } from '../../parts/document/Asking';
import { given, type FieldSpec } from '../../parts/entry/Fields';
import { ListPage } from '../../parts/list/ListPage';
import { money, named, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { StatusTag } from '../../parts/show';

type Row = Schemas['production_WorkCentreView'];

const changed: FieldSpec[] = [
  { name: 'name', title: 'f.name', kind: 'text', need: true },
  { name: 'labour_rate', title: 'f.labour_rate', kind: 'decimal' },
  { name: 'overhead_rate', title: 'f.overhead_rate', kind: 'decimal' },
  { name: 'capacity', title: 'f.capacity', kind: 'decimal' },
  { name: 'calendar', title: 'f.calendar', kind: 'text' },
];
export const WORK_CENTRE_FIELDS: FieldSpec[] = [
  { name: 'code', title: 'f.code', kind: 'text', need: true },
  ...changed,
  { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
];

function Edit({ row }: { row: Row }): ReactNode {
  return (
    <Asking
      small
      title="do.edit"
      permission="production.work_centre.change"
      number={row.code}
      fields={[...changed, { name: 'active', title: 'f.active', kind: 'tick' }]}
      first={{
        name: row.name, labour_rate: row.labour_rate, overhead_rate: row.overhead_rate, capacity: String(row.capacity),
        calendar: row.calendar, active: row.active,
      }}
      concerns={[['production'], ['directory', 'work_centres']]}
      send={(values) => {
        const { capacity, ...rest } = given(values);
        return ask(api.PATCH('/api/v1/production/work-centres/{ref}', {
          params: { path: { ref: row.id }, header: forVersion(row.version) },
          body: { ...rest, ...(capacity ? { capacity: Number(capacity) } : {}) },
        }));
      }}
    />
  );
}

const spec: ListSpec<Row> = {
  id: 'work-centres',
  title: 'nav.production.workCentres',
  permission: 'production.work_centre.read',
  queryKey: ['production', 'work-centres'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/production/work-centres', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  byCompany: true,
  create: { path: '/production/work-centres/new', permission: 'production.work_centre.add' },
  filters: [{ name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' }],
  columns: [
    text('code', 'f.code', (row) => row.code),
    text('name', 'f.name', (row) => row.name),
    { key: 'active', title: 'f.status', cell: (row) => <StatusTag status={row.active ? 'active' : 'inactive'} />, text: (row) => String(row.active) },
    money('labour_rate', 'f.labour_rate', (row) => row.labour_rate),
    money('overhead_rate', 'f.overhead_rate', (row) => row.overhead_rate),
    text('capacity', 'f.capacity', (row) => String(row.capacity), { numeric: true }),
    text('calendar', 'f.calendar', (row) => row.calendar),
    named('warehouse', 'f.warehouse', 'warehouses', (row) => row.warehouse),
    { key: 'edit', title: 'do.edit', cell: (row) => <Edit row={row} />, text: () => '' },
  ],
};

export default function WorkCentres(): ReactNode {
  return <ListPage spec={spec} />;
}
