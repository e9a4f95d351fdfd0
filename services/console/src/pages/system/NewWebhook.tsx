import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useCompanies } from '../../api/company';
import { FieldsPage, given } from '../../parts/entry/Fields';
import { Once } from '../../parts/Once';

type Made = Schemas['workflow_WebhookWithSecret'];

export default function NewWebhook(): ReactNode {
  const navigate = useNavigate();
  const companies = useCompanies();
  const [made, setMade] = useState<Made | null>(null);
  return (
    <>
      <FieldsPage<Made>
        kind="nav.system.webhooks"
        submit="webhook.create"
        permission="workflow.webhook.change"
        fields={[
          { name: 'url', title: 'f.url', kind: 'text', need: true },
          { name: 'types', title: 'f.types', kind: 'words', need: true },
          { name: 'companies', title: 'f.companies', kind: 'choices', options: companies.map((each) => ({ value: each.code, label: each.code })) },
          { name: 'description', title: 'f.description', kind: 'text' },
        ]}
        first={{ types: ['sales.*'] }}
        send={(values, _, header) =>
          ask(api.POST('/api/v1/workflow/webhooks', { params: { header }, body: given<Schemas['workflow_CreateWebhook']>(values) }))
        }
        concerns={[['workflow', 'webhooks']]}
        onDone={setMade}
        back="/system/webhooks"
      />
      {made && <Once secrets={[made.secret ?? '']} onClose={() => void navigate(`/system/webhooks/${made.id}`)} />}
    </>
  );
}
