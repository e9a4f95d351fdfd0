import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { One } from '../../parts/document/One';
import { StockOfItem } from './StockOfItem';
import { ITEM_FIELDS } from './fields';
import { MasterRecord } from './Record';

type Row = Schemas['masterdata_ItemRecord'];
type Change = Schemas['masterdata_ItemChange'];

export default function ItemPage(): ReactNode {
  return (
    <One
      permission="masterdata.item.read"
      queryKey={['masterdata', 'items']}
      load={(ref) => ask(api.GET('/api/v1/masterdata/items/{ref}', { params: { path: { ref } } }))}
    >
      {(record: Row) => {
        const path = { ref: record.code };
        return (
          <MasterRecord<Row>
            kind="nav.masterdata.items"
            record={record}
            fields={ITEM_FIELDS}
            permission="masterdata.item.change"
            concerns={[['masterdata', 'items'], ['directory']]}
            change={(values, version) =>
              ask(
                api.PATCH('/api/v1/masterdata/items/{ref}', {
                  params: { path, header: forVersion(version) },
                  body: values as Change,
                }),
              )
            }
            activate={(header) => ask(api.POST('/api/v1/masterdata/items/{ref}/activate', { params: { path, header } }))}
            deactivate={(header) => ask(api.POST('/api/v1/masterdata/items/{ref}/deactivate', { params: { path, header } }))}
          >
            <StockOfItem item={record.code} />
          </MasterRecord>
        );
      }}
    </One>
  );
}
