import type { ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { listOf, textOf, ticked } from '../../parts/entry/Fields';
import { Moment, YesNo } from '../../parts/show';
import { usePermissionChoices } from './choices';

type Role = Schemas['identity_RoleView'];

function Body({ role }: { role: Role }): ReactNode {
  const { either } = useWords();
  const options = usePermissionChoices();
  const services = new Map<string, string[]>();
  for (const permission of role.permissions) {
    const service = permission.split('.')[0] ?? '';
    services.set(service, [...(services.get(service) ?? []), permission]);
  }
  return (
    <div className="page">
      <DocumentHead kind="nav.system.roles" number={`${role.code} ${either(role.name, role.name_en)}`}>
        <Asking primary title="do.edit" permission="identity.role.change" number={role.code} version={role.version}
          concerns={[['identity', 'roles'], ['rights']]}
          fields={[
            { name: 'name', title: 'f.name', kind: 'text', need: true },
            { name: 'name_en', title: 'f.name_en', kind: 'text' },
            { name: 'permissions', title: 'f.permissions', kind: 'choices', options },
            { name: 'second_factor', title: 'f.second_factor', kind: 'tick' },
          ]}
          first={{ name: role.name, name_en: role.name_en, permissions: role.permissions, second_factor: role.second_factor }}
          send={(values) =>
            ask(api.PATCH('/api/v1/identity/roles/{reference}', {
              params: { path: { reference: role.id }, header: forVersion(role.version) },
              body: {
                name: textOf(values, 'name'), name_en: textOf(values, 'name_en'), permissions: listOf(values, 'permissions'),
                second_factor: ticked(values, 'second_factor'),
              },
            }))
          } />
      </DocumentHead>
      <Panel>
        <Facts
          facts={[
            { title: 'f.code', value: role.code },
            { title: 'f.name', value: role.name },
            { title: 'f.name_en', value: role.name_en },
            { title: 'people.ready', value: <YesNo value={role.ready_made} /> },
            { title: 'f.second_factor', value: <YesNo value={role.second_factor} /> },
            { title: 'f.recorded_at', value: <Moment value={role.recorded_at} /> },
          ]}
        />
      </Panel>
      <Panel title="people.permissions">
        <ul className="links">
          {[...services].map(([service, permissions]) => (
            <li key={service}>
              <b>{service}</b>
              <span className="permissions">
                {permissions.map((permission) => (
                  <span key={permission} className="tag">
                    {permission}
                  </span>
                ))}
              </span>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

export default function RolePage(): ReactNode {
  return (
    <One
      permission="identity.role.read"
      queryKey={['identity', 'roles']}
      load={(reference) => ask(api.GET('/api/v1/identity/roles/{reference}', { params: { path: { reference } } }))}
    >
      {(role) => <Body role={role} />}
    </One>
  );
}
