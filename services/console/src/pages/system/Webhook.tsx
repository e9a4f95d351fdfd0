import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Once } from '../../parts/Once';
import { ProblemNote } from '../../parts/ProblemNote';
import { Moment, StatusTag } from '../../parts/show';
import { Loaded } from '../../parts/states';

type Webhook = Schemas['workflow_WebhookView'];
type Delivery = Schemas['workflow_DeliveryView'];

const CONCERNS = [['workflow', 'webhooks']];
const OFTEN_MS = 5_000;
const STATES = ['waiting', 'delivered', 'failed', 'withheld'] as const;

function Attempts({ webhook, delivery }: { webhook: string; delivery: string }): ReactNode {
  const query = useQuery({
    queryKey: ['workflow', 'webhooks', webhook, 'delivery', delivery],
    queryFn: () => ask(api.GET('/api/v1/workflow/webhooks/{webhook}/deliveries/{delivery}', { params: { path: { webhook, delivery } } })),
  });
  return (
    <Loaded query={query} rows={3}>
      {(found) => (
        <Lines
          rows={found.log}
          rowKey={(attempt) => attempt.at}
          columns={[
            { title: 'f.at', cell: (attempt) => <Moment value={attempt.at} /> },
            { title: 'f.last_status', numeric: true, cell: (attempt) => attempt.status },
            { title: 'f.milliseconds', numeric: true, cell: (attempt) => attempt.milliseconds },
            { title: 'f.error', cell: (attempt) => attempt.error },
            { title: 'f.answer', cell: (attempt) => <span title={attempt.answer}>{attempt.answer}</span> },
          ]}
        />
      )}
    </Loaded>
  );
}

function Deliveries({ webhook, onProblem }: { webhook: Webhook; onProblem: (problem: Problem | null) => void }): ReactNode {
  const { t, value } = useWords();
  const [state, setState] = useState<(typeof STATES)[number] | null>(null);
  const [shown, setShown] = useState<Delivery | null>(null);
  const query = useQuery({
    queryKey: ['workflow', 'webhooks', webhook.id, 'deliveries', state],
    queryFn: () =>
      ask(api.GET('/api/v1/workflow/webhooks/{webhook}/deliveries', {
        params: { path: { webhook: webhook.id }, query: { limit: '100', ...(state ? { status: state } : {}) } },
      })),
    refetchInterval: OFTEN_MS,
  });
  return (
    <Panel
      title="webhook.deliveries"
      extra={
        <Select
          allowClear
          size="small"
          style={{ width: 130 }}
          placeholder={t('f.status')}
          aria-label={t('f.status')}
          value={state}
          onChange={(next: (typeof STATES)[number] | null) => setState(next ?? null)}
          options={STATES.map((each) => ({ value: each, label: value(each) }))}
        />
      }
    >
      <Loaded query={query} rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="panel-body quiet">{t('webhook.noDeliveries')}</p>
          ) : (
            <Lines
              rows={items}
              rowKey={(row) => row.id}
              columns={[
                { title: 'f.at', cell: (row) => <Moment value={row.recorded_at} /> },
                { title: 'f.event', cell: (row) => <code>{row.type}</code> },
                { title: 'f.company', cell: (row) => row.company },
                { title: 'f.status', cell: (row) => <StatusTag status={row.status} /> },
                { title: 'f.last_status', numeric: true, cell: (row) => row.last_status },
                {
                  title: 'f.attempts', numeric: true,
                  cell: (row) => (
                    <Button size="small" type="link" onClick={() => setShown(row)}>
                      {row.attempts}
                    </Button>
                  ),
                },
                {
                  title: 'webhook.redeliver',
                  cell: (row) => (
                    <Action
                      small title="webhook.redeliver" permission="workflow.webhook.change" when={row.status !== 'waiting'} version={0} number={row.type}
                      concerns={CONCERNS} onProblem={onProblem}
                      send={({ 'Idempotency-Key': key }) =>
                        ask(api.POST('/api/v1/workflow/webhooks/{webhook}/deliveries/{delivery}/redeliver', {
                          params: { path: { webhook: webhook.id, delivery: row.id }, header: { 'Idempotency-Key': key } },
                        }))
                      }
                    />
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {shown && (
        <Drawer open size={640} title={`${t('webhook.attempts')} ${shown.type}`} onClose={() => setShown(null)}>
          <Attempts webhook={webhook.id} delivery={shown.id} />
        </Drawer>
      )}
    </Panel>
  );
}

function Body({ webhook }: { webhook: Webhook }): ReactNode {
  const may = useMay();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [secret, setSecret] = useState('');
  const path = { webhook: webhook.id };
  const common = {
    permission: 'workflow.webhook.change', version: webhook.version, number: webhook.url, concerns: CONCERNS, onProblem: setProblem,
  };
  return (
    <div className="page">
      <DocumentHead kind="nav.system.webhooks" number={webhook.url} status={webhook.status}>
        <Action {...common} grave title="webhook.remove" when concerns={[]}
          send={async () => {
            await ask(api.DELETE('/api/v1/workflow/webhooks/{webhook}', { params: { path, header: forVersion(webhook.version) } }));
            // lists are asked for anew; what this page shows is gone, and not asked for again
            client.removeQueries({ queryKey: ['workflow', 'webhooks'], type: 'inactive' });
            await navigate('/system/webhooks');
          }} />
        <Action {...common} grave title="webhook.rotate" when
          send={async (header) => {
            const made = await ask(api.POST('/api/v1/workflow/webhooks/{webhook}/rotate-secret', { params: { path, header } }));
            setSecret(made.secret ?? '');
          }} />
        <Action {...common} title="webhook.pause" when={webhook.status === 'on'}
          send={() => ask(api.PATCH('/api/v1/workflow/webhooks/{webhook}', { params: { path, header: forVersion(webhook.version) }, body: { active: false } }))} />
        <Action {...common} title="webhook.resume" when={webhook.status !== 'on'}
          send={() => ask(api.PATCH('/api/v1/workflow/webhooks/{webhook}', { params: { path, header: forVersion(webhook.version) }, body: { active: true } }))} />
        <Action {...common} primary title="webhook.ping" when={webhook.status === 'on'}
          send={({ 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/workflow/webhooks/{webhook}/ping', { params: { path, header: { 'Idempotency-Key': key } } }))
          } />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.description', value: webhook.description },
            { title: 'f.types', value: webhook.types.join(', ') },
            { title: 'f.companies', value: webhook.companies.join(', ') },
            { title: 'f.owner', value: webhook.owner_name },
            { title: 'f.failures', value: webhook.failures },
            { title: 'f.succeeded_at', value: webhook.succeeded_at && <Moment value={webhook.succeeded_at} /> },
            { title: 'f.retry_at', value: webhook.retry_at && <Moment value={webhook.retry_at} /> },
            { title: 'f.off_because', value: webhook.off_because },
          ]}
        />
      </Panel>
      {may('workflow.webhook.read') && <Deliveries webhook={webhook} onProblem={setProblem} />}
      {secret && <Once secrets={[secret]} onClose={() => setSecret('')} />}
    </div>
  );
}

export default function WebhookPage(): ReactNode {
  return (
    <One
      permission="workflow.webhook.read"
      queryKey={['workflow', 'webhooks']}
      load={(webhook) => ask(api.GET('/api/v1/workflow/webhooks/{webhook}', { params: { path: { webhook } } }))}
    >
      {(webhook) => <Body webhook={webhook} />}
    </One>
  );
}
