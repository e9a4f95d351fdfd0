import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { WAREHOUSE_FIELDS } from './fields';
import { RecordForm } from './RecordForm';

type Body = Schemas['masterdata_WarehouseIn'];

export default function NewWarehouse(): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const company = useCompanyCode();
  return (
    <Allowed permission="masterdata.warehouse.create">
      <RecordForm
        kind="nav.masterdata.warehouses"
        name={t('do.new')}
        fields={WAREHOUSE_FIELDS}
        first={{}}
        known={false}
        send={(values, header) => ask(api.POST('/api/v1/masterdata/warehouses', { params: { header }, body: { ...values, company } as Body }))}
        concerns={[['masterdata', 'warehouses'], ['directory']]}
        onDone={(record) => void navigate(`/masterdata/warehouses/${encodeURIComponent(record.code)}`, { replace: true })}
      />
    </Allowed>
  );
}
