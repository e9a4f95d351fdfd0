import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { PARTNER_FIELDS } from './fields';
import { RecordForm } from './RecordForm';

type Body = Schemas['masterdata_PartnerIn'];

export default function NewPartner(): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  return (
    <Allowed permission="masterdata.partner.create">
      <RecordForm
        kind="nav.masterdata.partners"
        name={t('do.new')}
        fields={PARTNER_FIELDS}
        first={{ roles: ['customer'], billing_policy: 'manual' }}
        known={false}
        send={(values, header) => ask(api.POST('/api/v1/masterdata/partners', { params: { header }, body: values as Body }))}
        concerns={[['masterdata', 'partners'], ['directory']]}
        onDone={(record) => void navigate(`/masterdata/partners/${encodeURIComponent(record.code)}`, { replace: true })}
      />
    </Allowed>
  );
}
