import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { ITEM_FIELDS } from './fields';
import { RecordForm } from './RecordForm';

type Body = Schemas['masterdata_ItemIn'];

export default function NewItem(): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  return (
    <Allowed permission="masterdata.item.create">
      <RecordForm
        kind="nav.masterdata.items"
        name={t('do.new')}
        fields={ITEM_FIELDS}
        first={{ procurement: 'buy', tracking: 'none', valuation_class: 'finished_goods', base_unit: 'PCS', tax_code: 'VAT13' }}
        known={false}
        send={(values, header) => ask(api.POST('/api/v1/masterdata/items', { params: { header }, body: values as Body }))}
        concerns={[['masterdata', 'items'], ['directory']]}
        onDone={(record) => void navigate(`/masterdata/items/${encodeURIComponent(record.code)}`, { replace: true })}
      />
    </Allowed>
  );
}
