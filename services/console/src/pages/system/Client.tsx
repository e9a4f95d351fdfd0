import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Once } from '../../parts/Once';
import { ProblemNote } from '../../parts/ProblemNote';
import { Moment } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { useScopeFields } from './choices';
import { limitEntered, limitField, scopeEntered, scopeFacts, scopeOf } from './scope';
import { Limit } from './Usage';
import { UsageOf } from './UsageOf';

type Client = Schemas['identity_ClientView'];

function Body({ client }: { client: Client }): ReactNode {
  const { t } = useWords();
  const scope = useScopeFields();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [secret, setSecret] = useState('');
  const path = { reference: client.id };
  const concerns = [['identity', 'clients']];
  const common = { version: client.version, number: client.client_id, concerns, onProblem: setProblem };
  const secrets = useQuery({
    queryKey: ['identity', 'clients', client.id, 'secrets'],
    queryFn: () => ask(api.GET('/api/v1/identity/clients/{reference}/secrets', { params: { path } })),
  });
  return (
    <div className="page">
      <DocumentHead kind="nav.system.clients" number={`${client.client_id} ${client.name}`} status={client.active ? 'active' : 'inactive'}>
        <Action {...common} grave title="people.disable" permission="identity.client.disable" when={client.active}
          send={(header) => ask(api.POST('/api/v1/identity/clients/{reference}/disable', { params: { path, header } }))} />
        <Action {...common} title="people.enable" permission="identity.client.disable" when={!client.active}
          send={(header) => ask(api.POST('/api/v1/identity/clients/{reference}/enable', { params: { path, header } }))} />
        <Action {...common} title="people.newSecret" permission="identity.client.change" when={client.active}
          send={async ({ 'Idempotency-Key': key }) => {
            const made = await ask(api.POST('/api/v1/identity/clients/{reference}/secrets', { params: { path, header: { 'Idempotency-Key': key } } }));
            setSecret(made.secret ?? '');
          }} />
        <Asking primary title="do.edit" permission="identity.client.change" number={client.client_id} version={client.version} concerns={concerns}
          fields={[{ name: 'name', title: 'f.name', kind: 'text', need: true }, ...scope, limitField]}
          first={{ ...scopeOf(client), requests_per_second: String(client.requests_per_second) }}
          send={(values) =>
            ask(api.PATCH('/api/v1/identity/clients/{reference}', {
              params: { path, header: forVersion(client.version) },
              body: { ...scopeEntered(values), ...limitEntered(values) },
            }))
          } />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.client_id', value: <code>{client.client_id}</code> },
            ...scopeFacts(client, t),
            { title: 'f.requests_per_second', value: <Limit value={client.requests_per_second} /> },
            { title: 'f.recorded_at', value: <Moment value={client.recorded_at} /> },
          ]}
        />
      </Panel>
      <Panel title="people.secrets">
        <Loaded query={secrets} rows={2}>
          {(rows) => (
            <Lines
              rows={rows}
              rowKey={(row) => row.id}
              columns={[
                { title: 'f.recorded_at', cell: (row) => <Moment value={row.recorded_at} /> },
                {
                  title: 'people.revoke',
                  cell: (row) => (
                    <Action {...common} small grave title="people.revoke" permission="identity.client.change" when
                      send={() =>
                        ask(api.DELETE('/api/v1/identity/clients/{reference}/secrets/{secret}', {
                          params: { path: { ...path, secret: row.id }, header: forVersion(client.version) },
                        }))
                      } />
                  ),
                },
              ]}
            />
          )}
        </Loaded>
      </Panel>
      <UsageOf client={client.id} />
      {secret && <Once secrets={[secret]} onClose={() => setSecret('')} />}
    </div>
  );
}

export default function ClientPage(): ReactNode {
  return (
    <One
      permission="identity.client.read"
      queryKey={['identity', 'clients']}
      load={(reference) => ask(api.GET('/api/v1/identity/clients/{reference}', { params: { path: { reference } } }))}
    >
      {(client) => <Body client={client} />}
    </One>
  );
}
