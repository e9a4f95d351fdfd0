import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { One } from '../../parts/document/One';
import { WAREHOUSE_FIELDS } from './fields';
import { MasterRecord } from './Record';

type Row = Schemas['masterdata_WarehouseRecord'];
type Change = Schemas['masterdata_WarehouseChange'];

export default function WarehousePage(): ReactNode {
  return (
    <One
      permission="masterdata.warehouse.read"
      queryKey={['masterdata', 'warehouses']}
      load={(ref) => ask(api.GET('/api/v1/masterdata/warehouses/{ref}', { params: { path: { ref } } }))}
    >
      {(record: Row) => {
        const path = { ref: record.code };
        return (
          <MasterRecord<Row>
            kind="nav.masterdata.warehouses"
            record={record}
            fields={WAREHOUSE_FIELDS}
            permission="masterdata.warehouse.change"
            concerns={[['masterdata', 'warehouses'], ['directory']]}
            change={(values, version) =>
              ask(
                api.PATCH('/api/v1/masterdata/warehouses/{ref}', {
                  params: { path, header: forVersion(version) },
                  body: values as Change,
                }),
              )
            }
            activate={(header) => ask(api.POST('/api/v1/masterdata/warehouses/{ref}/activate', { params: { path, header } }))}
            deactivate={(header) => ask(api.POST('/api/v1/masterdata/warehouses/{ref}/deactivate', { params: { path, header } }))}
          />
        );
      }}
    </One>
  );
}
