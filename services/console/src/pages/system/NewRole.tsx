import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given } from '../../parts/entry/Fields';
import { usePermissionChoices } from './choices';

export default function NewRole(): ReactNode {
  const options = usePermissionChoices();
  return (
    <FieldsPage<Schemas['identity_RoleView']>
      kind="nav.system.roles"
      submit="people.roleAdd"
      permission="identity.role.create"
      fields={[
        { name: 'code', title: 'f.code', kind: 'text', need: true },
        { name: 'name', title: 'f.name', kind: 'text', need: true },
        { name: 'name_en', title: 'f.name_en', kind: 'text' },
        { name: 'permissions', title: 'f.permissions', kind: 'choices', options },
      ]}
      send={(values, _, header) =>
        ask(api.POST('/api/v1/identity/roles', { params: { header }, body: given<Schemas['identity_CreateRole']>(values) }))
      }
      concerns={[['identity', 'roles']]}
      to={(role) => `/system/roles/${role.id}`}
      back="/system/roles"
    />
  );
}
