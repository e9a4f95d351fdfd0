import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { One } from '../../parts/document/One';
import { PARTNER_FIELDS } from './fields';
import { MasterRecord } from './Record';

type Row = Schemas['masterdata_PartnerRecord'];
type Change = Schemas['masterdata_PartnerChange'];

export default function PartnerPage(): ReactNode {
  return (
    <One
      permission="masterdata.partner.read"
      queryKey={['masterdata', 'partners']}
      load={(ref) => ask(api.GET('/api/v1/masterdata/partners/{ref}', { params: { path: { ref } } }))}
    >
      {(record: Row) => {
        const path = { ref: record.code };
        return (
          <MasterRecord<Row>
            kind="nav.masterdata.partners"
            record={record}
            fields={PARTNER_FIELDS}
            permission="masterdata.partner.change"
            concerns={[['masterdata', 'partners'], ['directory']]}
            change={(values, version) =>
              ask(
                api.PATCH('/api/v1/masterdata/partners/{ref}', {
                  params: { path, header: forVersion(version) },
                  body: values as Change,
                }),
              )
            }
            activate={(header) => ask(api.POST('/api/v1/masterdata/partners/{ref}/activate', { params: { path, header } }))}
            deactivate={(header) => ask(api.POST('/api/v1/masterdata/partners/{ref}/deactivate', { params: { path, header } }))}
          />
        );
      }}
    </One>
  );
}
