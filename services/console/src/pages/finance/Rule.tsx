import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { Actor } from '../../parts/Actor';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { Moment, YesNo } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { WordCell } from '../../parts/words';

type Version = Schemas['finance_RuleVersionView'];

function Body({ versions }: { versions: readonly Version[] }): ReactNode {
  const { t, either, field, value } = useWords();
  const now = versions.reduce((left, right) => (right.version > left.version ? right : left));
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.rules" number={now.code} status={now.active ? 'active' : 'inactive'} of="rule">
        <Link to={`/finance/vouchers?rule=${encodeURIComponent(now.code)}`}>{t('nav.finance.vouchers')}</Link>
      </DocumentHead>
      <Panel>
        <Facts
          facts={[
            { title: 'f.text', value: either(now.text, now.text_en) },
            { title: 'f.topic', value: <code>{now.topic}</code> },
            { title: 'f.voucher_type', value: value(now.voucher_type) },
            { title: 'f.version', value: now.version },
            { title: 'f.actor', value: now.actor && <Actor subject={now.actor} /> },
            { title: 'f.recorded_at', value: <Moment value={now.recorded_at} /> },
          ]}
        />
        {(now.explanation || now.explanation_en) && <p className="panel-body">{either(now.explanation, now.explanation_en)}</p>}
      </Panel>
      <Panel title="rule.conditions">
        {now.conditions.length === 0 ? (
          <p className="panel-body quiet">{t('rule.always')}</p>
        ) : (
          <ul className="links">
            {now.conditions.map((condition) => (
              <li key={condition.attribute + String(condition.negated)}>
                <b>{field(condition.attribute)}</b>
                <span className="quiet">{t(condition.negated ? 'rule.not' : 'rule.in')}</span>
                <span>{condition.values.map((each) => value(each)).join(', ')}</span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="rule.lines">
        <Lines
          rows={now.lines.map((line, index) => ({ ...line, index }))}
          rowKey={(line) => line.index}
          columns={[
            { title: 'f.side', cell: (line) => <WordCell word={line.side} of="rule" /> },
            {
              title: 'f.account',
              cell: (line) => line.account || Object.entries(line.accounts).map(([of, account]) => `${value(of)}: ${account}`).join(' · '),
            },
            { title: 'f.by', cell: (line) => field(line.by) },
            { title: 'f.amount', cell: (line) => field(line.amount) },
            { title: 'f.of', cell: (line) => value(line.of) },
            { title: 'f.per', cell: (line) => value(line.per) },
            { title: 'f.partner', cell: (line) => <YesNo value={line.partner} /> },
            { title: 'f.text', cell: (line) => either(line.text, line.text_en) },
          ]}
        />
      </Panel>
      <Panel title="rule.versions">
        <Lines
          rows={versions}
          rowKey={(version) => version.version}
          columns={[
            { title: 'f.version', numeric: true, cell: (version) => version.version },
            { title: 'f.active', cell: (version) => <YesNo value={version.active} /> },
            { title: 'f.actor', cell: (version) => <Actor subject={version.actor} /> },
            { title: 'f.recorded_at', cell: (version) => <Moment value={version.recorded_at} /> },
          ]}
        />
      </Panel>
    </div>
  );
}

function Page(): ReactNode {
  const { id: code = '' } = useParams();
  const company = useCompanyCode();
  const query = useQuery({
    queryKey: ['finance', 'rules', company, code],
    queryFn: () => ask(api.GET('/api/v1/finance/posting-rules/{code}', { params: { path: { code }, query: { company } } })),
    enabled: company !== '',
  });
  return <Loaded query={query}>{({ items }) => <Body versions={items} />}</Loaded>;
}

export default function RulePage(): ReactNode {
  return (
    <Allowed permission="finance.posting_rule.read">
      <Page />
    </Allowed>
  );
}
