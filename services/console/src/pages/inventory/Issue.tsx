import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';
import { WordCell } from '../../parts/words';

type Issue = Schemas['inventory_IssueView'];

function Body({ issue }: { issue: Issue }): ReactNode {
  const { t } = useWords();
  return (
    <div className="page">
      <DocumentHead kind="nav.inventory.issues" number={issue.number} status={issue.status} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.cost_collector', value: issue.cost_collector },
            { title: 'f.destination', value: <WordCell word={issue.destination} of="issue" /> },
            {
              title: 'f.production_order',
              value: issue.production_order && <Link to={`/production/orders/${issue.production_order}`}>{issue.cost_collector}</Link>,
            },
            { title: 'f.business_date', value: issue.business_date },
            { title: 'f.posting_date', value: issue.posting_date },
            { title: 'f.recorded_at', value: <Moment value={issue.recorded_at} /> },
            { title: 'f.cost', value: <Money value={issue.cost} />, big: true },
          ]}
        />
      </Panel>
      <Panel title="doc.lines">
        <Lines
          rows={issue.lines}
          rowKey={(line) => line.line}
          columns={[
            { title: 'f.line', cell: (line) => line.line, foot: t('doc.total') },
            { title: 'f.item', cell: (line) => <ItemName code={line.item} />, foot: '' },
            { title: 'f.warehouse', cell: (line) => <Named kind="warehouses" code={line.warehouse} />, foot: '' },
            { title: 'f.lot', cell: (line) => line.lot, foot: '' },
            { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} />, foot: '' },
            { title: 'f.cost', numeric: true, cell: (line) => <Money value={line.cost} />, foot: <Money value={issue.cost} /> },
          ]}
        />
      </Panel>
      <Vouchers source={issue.number} />
    </div>
  );
}

export default function IssuePage(): ReactNode {
  return (
    <One
      permission="inventory.issue.read"
      queryKey={['inventory', 'issues']}
      load={(issue) => ask(api.GET('/api/v1/inventory/issues/{issue}', { params: { path: { issue } } }))}
    >
      {(issue) => <Body issue={issue} />}
    </One>
  );
}
