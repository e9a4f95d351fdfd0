import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, listOf, textOf, type FieldValues } from '../../parts/entry/Fields';
import { shiftsOf, WEEK_FIELDS } from './Calendars';

const USUAL: FieldValues = Object.fromEntries([0, 1, 2, 3, 4].map((day) => [`day${day}`, ['08:00-12:00', '13:00-17:00']]));

export default function NewCalendar(): ReactNode {
  return (
    <FieldsPage<Schemas['production_CalendarView']>
      kind="nav.production.calendars"
      submit="calendar.add"
      permission="production.work_centre.add"
      fields={[{ name: 'code', title: 'f.code', kind: 'text', need: true }, ...WEEK_FIELDS]}
      first={USUAL}
      send={(values, company, header) =>
        ask(api.POST('/api/v1/production/calendars', {
          params: { header },
          body: { company, code: textOf(values, 'code'), name: textOf(values, 'name'), shifts: shiftsOf(values), days_off: listOf(values, 'days_off') },
        }))
      }
      concerns={[['production']]}
      to={() => '/production/calendars'}
      back="/production/calendars"
    />
  );
}
