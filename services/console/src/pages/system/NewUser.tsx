import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { FieldsPage, given } from '../../parts/entry/Fields';
import { useScopeFields } from './choices';

export default function NewUser(): ReactNode {
  const scope = useScopeFields();
  return (
    <FieldsPage<Schemas['identity_UserView']>
      kind="nav.system.users"
      submit="people.create"
      permission="identity.user.create"
      fields={[
        { name: 'username', title: 'f.username', kind: 'text', need: true },
        { name: 'name', title: 'f.name', kind: 'text' },
        { name: 'password', title: 'f.password', kind: 'secret' },
        ...scope,
      ]}
      send={(values, _, header) =>
        ask(api.POST('/api/v1/identity/users', { params: { header }, body: given<Schemas['identity_CreateUser']>(values) }))
      }
      concerns={[['identity', 'users']]}
      to={(user) => `/system/users/${user.id}`}
      back="/system/users"
    />
  );
}
