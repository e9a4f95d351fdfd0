import { useState, type ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { textOf } from '../../parts/entry/Fields';
import { ProblemNote } from '../../parts/ProblemNote';
import { Moment } from '../../parts/show';
import { useScopeFields } from './choices';
import { scopeEntered, scopeFacts, scopeOf } from './scope';
import { Sessions } from './Sessions';

type User = Schemas['identity_UserView'];

function Body({ user }: { user: User }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const scope = useScopeFields();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { reference: user.id };
  const concerns = [['identity', 'users'], ['rights']];
  const common = { version: user.version, number: user.username, concerns, onProblem: setProblem };
  return (
    <div className="page">
      <DocumentHead kind="nav.system.users" number={`${user.username} ${user.name}`} status={user.active ? 'active' : 'inactive'}>
        <Action {...common} grave title="people.removeFactor" permission="identity.user.password" when
          send={(header) => ask(api.POST('/api/v1/identity/users/{reference}/second-factor/remove', { params: { path, header } }))} />
        <Asking title="people.password" permission="identity.user.password" number={user.username} concerns={concerns}
          fields={[{ name: 'password', title: 'f.new_password', kind: 'secret', need: true }]}
          send={(values, { 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/identity/users/{reference}/password', {
              params: { path, header: { 'Idempotency-Key': key } }, body: { password: textOf(values, 'password') },
            }))
          } />
        <Action {...common} grave title="people.disable" permission="identity.user.disable" when={user.active}
          send={(header) => ask(api.POST('/api/v1/identity/users/{reference}/disable', { params: { path, header } }))} />
        <Action {...common} title="people.enable" permission="identity.user.disable" when={!user.active}
          send={(header) => ask(api.POST('/api/v1/identity/users/{reference}/enable', { params: { path, header } }))} />
        <Asking primary title="do.edit" permission="identity.user.change" number={user.username} version={user.version} concerns={concerns}
          fields={[{ name: 'name', title: 'f.name', kind: 'text' }, ...scope]}
          first={scopeOf(user)}
          send={(values) =>
            ask(api.PATCH('/api/v1/identity/users/{reference}', {
              params: { path, header: forVersion(user.version) },
              body: scopeEntered(values),
            }))
          } />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.username', value: user.username },
            ...scopeFacts(user, t),
            { title: 'f.recorded_at', value: <Moment value={user.recorded_at} /> },
          ]}
        />
      </Panel>
      {may('identity.session.read') && <Sessions of={user.id} permission="identity.session.end" />}
    </div>
  );
}

export default function UserPage(): ReactNode {
  return (
    <One
      permission="identity.user.read"
      queryKey={['identity', 'users']}
      load={(reference) => ask(api.GET('/api/v1/identity/users/{reference}', { params: { path: { reference } } }))}
    >
      {(user) => <Body user={user} />}
    </One>
  );
}
