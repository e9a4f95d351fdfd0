import { useState, type ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';

type Agreement = Schemas['purchasing_AgreementView'];

const OFTEN_MS = 15_000;

function Body({ agreement }: { agreement: Agreement }): ReactNode {
  const { t } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { ref: agreement.id };
  const common = { version: agreement.version, number: agreement.number, concerns: [['purchasing']], onProblem: setProblem };
  return (
    <div className="page">
      <DocumentHead kind="nav.purchasing.agreements" number={agreement.number} status={agreement.status} of="agreement">
        <Action {...common} grave title="agreement.close" permission="purchasing.agreement.close" when={agreement.status !== 'closed'}
          send={(header) => ask(api.POST('/api/v1/purchasing/agreements/{ref}/close', { params: { path, header } }))} />
        <Action {...common} primary title="agreement.approve" permission="purchasing.agreement.approve" when={agreement.status === 'draft'}
          send={(header) => ask(api.POST('/api/v1/purchasing/agreements/{ref}/approve', { params: { path, header } }))} />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={['draft', 'approved', 'closed']} now={agreement.status} of="agreement" />
        <Facts
          facts={[
            { title: 'f.supplier', value: <Named kind="suppliers" code={agreement.supplier} /> },
            { title: 'f.valid_from', value: agreement.valid_from },
            { title: 'f.valid_until', value: agreement.valid_until },
            { title: 'f.currency', value: agreement.currency },
            { title: 'f.recorded_at', value: <Moment value={agreement.recorded_at} /> },
          ]}
        />
        <p className="panel-body quiet">{t('agreement.hint')}</p>
      </Panel>
      <Panel title="doc.lines">
        <Lines
          rows={agreement.lines}
          rowKey={(line) => line.line}
          columns={[
            { title: 'f.line', cell: (line) => line.line },
            { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
            { title: 'f.unit_price', numeric: true, cell: (line) => plain(line.unit_price, 2) },
            { title: 'f.quantity_limit', numeric: true, cell: (line) => line.quantity_limit && <Quantity value={line.quantity_limit} unit={line.unit} /> },
            { title: 'f.quantity_released', numeric: true, cell: (line) => <Quantity value={line.quantity_released} /> },
            { title: 'f.quantity_left', numeric: true, cell: (line) => line.quantity_left && <Quantity value={line.quantity_left} /> },
            { title: 'f.quantity_received', numeric: true, cell: (line) => <Quantity value={line.quantity_received} /> },
            { title: 'f.amount_limit', numeric: true, cell: (line) => line.amount_limit && <Money value={line.amount_limit} /> },
            { title: 'f.amount_released', numeric: true, cell: (line) => <Money value={line.amount_released} /> },
            { title: 'f.amount_left', numeric: true, cell: (line) => line.amount_left && <Money value={line.amount_left} /> },
          ]}
        />
      </Panel>
    </div>
  );
}

export default function AgreementPage(): ReactNode {
  return (
    <One
      permission="purchasing.agreement.read"
      queryKey={['purchasing', 'agreements']}
      often={OFTEN_MS}
      load={(ref) => ask(api.GET('/api/v1/purchasing/agreements/{ref}', { params: { path: { ref } } }))}
    >
      {(agreement) => <Body agreement={agreement} />}
    </One>
  );
}
