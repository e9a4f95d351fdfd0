import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useWords, type Key } from '../../i18n';
import { Asking } from '../../parts/document/Asking';
import { listOf, textOf, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { ListPage } from '../../parts/list/ListPage';
import { moment, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';

type Row = Schemas['production_CalendarView'];
type Shift = Schemas['production_ShiftIn'];

const WEEK = [0, 1, 2, 3, 4, 5, 6] as const;
const nameOf = (day: number): Key => `calendar.day${day}` as Key;

export const WEEK_FIELDS: FieldSpec[] = [
  { name: 'name', title: 'f.name', kind: 'text', need: true },
  ...WEEK.map((day): FieldSpec => ({ name: `day${day}`, title: nameOf(day), kind: 'words' })),
  { name: 'days_off', title: 'calendar.daysOff', kind: 'words' },
];

/** Shifts as they are written, `08:00-17:00`, by weekday. */
export const shiftsOf = (values: FieldValues): Shift[] =>
  WEEK.flatMap((weekday) =>
    listOf(values, `day${weekday}`).map((written) => {
      const [start = '', end = ''] = written.split(/[-–~]/).map((part) => part.trim());
      return { weekday, start, end };
    }),
  );

export const writtenOf = (shifts: readonly Shift[]): FieldValues =>
  Object.fromEntries(
    WEEK.map((weekday) => [
      `day${weekday}`,
      shifts.filter((shift) => shift.weekday === weekday).map((shift) => `${shift.start.slice(0, 5)}-${shift.end.slice(0, 5)}`),
    ]),
  );

export function Hours(): ReactNode {
  const { t } = useWords();
  return <p className="panel-body quiet">{t('calendar.hours')}</p>;
}

function Edit({ row }: { row: Row }): ReactNode {
  return (
    <Asking
      small
      title="do.edit"
      permission="production.work_centre.change"
      number={row.code}
      note={<Hours />}
      fields={WEEK_FIELDS}
      first={{ name: row.name, ...writtenOf(row.shifts), days_off: row.days_off }}
      concerns={[['production']]}
      send={(values) =>
        ask(api.PATCH('/api/v1/production/calendars/{ref}', {
          params: { path: { ref: row.id }, header: forVersion(row.version) },
          body: { name: textOf(values, 'name'), shifts: shiftsOf(values), days_off: listOf(values, 'days_off') },
        }))
      }
    />
  );
}

function Week({ row }: { row: Row }): ReactNode {
  const { t } = useWords();
  const written = writtenOf(row.shifts);
  return <>{WEEK.filter((day) => listOf(written, `day${day}`).length > 0).map((day) => `${t(nameOf(day))} ${listOf(written, `day${day}`).join(', ')}`).join(' · ')}</>;
}

const spec: ListSpec<Row> = {
  id: 'calendars',
  title: 'nav.production.calendars',
  permission: 'production.work_centre.read',
  queryKey: ['production', 'calendars'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/production/calendars', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.id,
  byCompany: true,
  create: { path: '/production/calendars/new', permission: 'production.work_centre.add' },
  filters: [],
  columns: [
    text('code', 'f.code', (row) => row.code),
    text('name', 'f.name', (row) => row.name),
    {
      key: 'week', title: 'calendar.week', cell: (row) => <Week row={row} />,
      text: (row) => row.shifts.map((shift) => `${shift.weekday + 1} ${shift.start}-${shift.end}`).join('; '),
    },
    text('days_off', 'calendar.daysOff', (row) => row.days_off.join(', ')),
    moment('recorded_at', 'f.recorded_at', (row) => row.recorded_at, { extra: true }),
    { key: 'edit', title: 'do.edit', cell: (row) => <Edit row={row} />, text: () => '' },
  ],
};

export default function Calendars(): ReactNode {
  return <ListPage spec={spec} />;
}
