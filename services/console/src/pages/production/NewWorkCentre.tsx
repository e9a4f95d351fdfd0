import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given } from '../../parts/entry/Fields';
import { WORK_CENTRE_FIELDS } from './WorkCentres';

export default function NewWorkCentre(): ReactNode {
  return (
    <FieldsPage<Schemas['production_WorkCentreView']>
      kind="nav.production.workCentres"
      submit="do.save"
      permission="production.work_centre.add"
      fields={WORK_CENTRE_FIELDS}
      send={(values, company, header) => {
        const { capacity = '', ...rest } = values;
        return ask(api.POST('/api/v1/production/work-centres', {
          params: { header },
          body: { ...given<Schemas['production_WorkCentreIn']>(rest), company, ...(capacity ? { capacity: Number(capacity) } : {}) },
        }));
      }}
      concerns={[['production'], ['directory', 'work_centres']]}
      to={() => '/production/work-centres'}
      back="/production/work-centres"
    />
  );
}
