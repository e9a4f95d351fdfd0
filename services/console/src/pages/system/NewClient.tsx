import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given } from '../../parts/entry/Fields';
import { Once } from '../../parts/Once';
import { useScopeFields } from './choices';
import { limitEntered, limitField } from './scope';

type Made = Schemas['identity_ClientWithSecret'];

export default function NewClient(): ReactNode {
  const navigate = useNavigate();
  const scope = useScopeFields();
  const [made, setMade] = useState<Made | null>(null);
  return (
    <>
      <FieldsPage<Made>
        kind="nav.system.clients"
        submit="people.clientAdd"
        permission="identity.client.create"
        fields={[{ name: 'name', title: 'f.name', kind: 'text', need: true }, { name: 'client_id', title: 'f.client_id', kind: 'text' }, ...scope, limitField]}
        send={(values, _, header) =>
          ask(api.POST('/api/v1/identity/clients', { params: { header }, body: { ...given<Schemas['identity_CreateClient']>(values), ...limitEntered(values) } }))
        }
        concerns={[['identity', 'clients']]}
        onDone={setMade}
        back="/system/clients"
      />
      {made && <Once secrets={[made.secret ?? '']} onClose={() => void navigate(`/system/clients/${made.id}`)} />}
    </>
  );
}
