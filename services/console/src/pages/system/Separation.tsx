import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { Lines, Panel } from '../../parts/document/Document';
import { given } from '../../parts/entry/Fields';
import { ProblemNote } from '../../parts/ProblemNote';
import { StatusTag } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';

type Side = Schemas['identity_SideView'];
type Rule = Schemas['identity_RuleView'];

const CONCERNS = [['identity', 'separation']];
const HOLDERS: Record<string, string> = { user: '/system/users', client: '/system/clients' };

const Held = ({ side }: { side: Side }): ReactNode => (
  <>
    <code>{side.permission}</code> <span className="quiet">{side.roles.join(', ')}</span>
  </>
);

/** Who may do two things that one person should not do alone, and by which roles. */
function Conflicts(): ReactNode {
  const { t, either, value } = useWords();
  const query = useQuery({
    queryKey: ['identity', 'separation', 'report'],
    queryFn: () => ask(api.GET('/api/v1/identity/separation-report')),
  });
  return (
    <Panel title="separation.conflicts">
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t('separation.none')}</Empty>
          ) : (
            <Lines
              rows={items}
              rowKey={(row) => `${row.id}/${row.rule}`}
              columns={[
                {
                  title: 'separation.who',
                  cell: (row) => {
                    const place = HOLDERS[row.kind];
                    return (
                      <>
                        {place ? <Link to={`${place}/${row.id}`}>{row.name}</Link> : row.name} <span className="quiet">{value(row.kind, 'holder')}</span>
                      </>
                    );
                  },
                },
                { title: 'separation.rule', cell: (row) => either(row.rule_name, row.rule_name_en) },
                { title: 'separation.first', cell: (row) => <Held side={row.first} /> },
                { title: 'separation.second', cell: (row) => <Held side={row.second} /> },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

function Rules({ onProblem }: { onProblem: (problem: Problem | null) => void }): ReactNode {
  const { t, either } = useWords();
  const query = useQuery({
    queryKey: ['identity', 'separation', 'rules'],
    queryFn: () => ask(api.GET('/api/v1/identity/separation-rules')),
  });
  const step = (rule: Rule): ReactNode => {
    const common = {
      small: true, permission: 'identity.separation.change', version: rule.version, number: either(rule.name, rule.name_en), concerns: CONCERNS, onProblem,
    };
    const path = { id: rule.id };
    return rule.active ? (
      <Action {...common} grave title="people.disable" when
        send={(header) => ask(api.POST('/api/v1/identity/separation-rules/{id}/disable', { params: { path, header } }))} />
    ) : (
      <Action {...common} title="people.enable" when
        send={(header) => ask(api.POST('/api/v1/identity/separation-rules/{id}/enable', { params: { path, header } }))} />
    );
  };
  return (
    <Panel
      title="separation.rules"
      extra={
        <Asking
          small
          title="separation.add"
          permission="identity.separation.change"
          fields={[
            { name: 'name', title: 'f.name', kind: 'text', need: true },
            { name: 'name_en', title: 'f.name_en', kind: 'text' },
            { name: 'first', title: 'separation.first', kind: 'text', need: true },
            { name: 'second', title: 'separation.second', kind: 'text', need: true },
          ]}
          concerns={CONCERNS}
          send={(values, { 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/identity/separation-rules', {
              params: { header: { 'Idempotency-Key': key } }, body: given<Schemas['identity_AddRule']>(values),
            }))
          }
        />
      }
    >
      <Loaded query={query}>
        {({ items }) => (
          <Lines
            rows={items}
            rowKey={(rule) => rule.id}
            columns={[
              { title: 'f.name', cell: (rule) => either(rule.name, rule.name_en) },
              { title: 'f.status', cell: (rule) => <StatusTag status={rule.active ? 'active' : 'inactive'} /> },
              { title: 'people.ready', cell: (rule) => t(rule.ready_made ? 'state.yes' : 'state.no') },
              { title: 'separation.first', cell: (rule) => <code>{rule.first}</code> },
              { title: 'separation.second', cell: (rule) => <code>{rule.second}</code> },
              { title: 'f.action', cell: step },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function Page(): ReactNode {
  const { t } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.system.separation')}</h1>
      </div>
      <ProblemNote problem={problem} />
      <Conflicts />
      <Rules onProblem={setProblem} />
    </div>
  );
}

export default function Separation(): ReactNode {
  return (
    <Allowed permission="identity.separation.read">
      <Page />
    </Allowed>
  );
}
