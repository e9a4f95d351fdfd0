import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero, sum } from '../../lib/decimal';
import { Actor } from '../../parts/Actor';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Lines, Panel, Steps } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { textOf } from '../../parts/entry/Fields';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named } from '../../parts/show';
import { Makers } from './Makers';

type Draft = Schemas['finance_DraftView'];

/** No event tells of a draft before it is posted. */
const OFTEN_MS = 5_000;

const blank = (text: string): ReactNode => (isZero(text) ? null : <Money value={text} />);

/** The voucher that it became. */
function Posted({ voucher }: { voucher: string }): ReactNode {
  const allowed = useMay()('finance.voucher.read');
  const { data } = useQuery({
    queryKey: ['finance', 'vouchers', 'one', voucher],
    queryFn: () => ask(api.GET('/api/v1/finance/vouchers/{voucher}', { params: { path: { voucher } } })),
    enabled: allowed,
  });
  return data ? <Link to={`/finance/vouchers/${voucher}`}>{data.number}</Link> : null;
}

function Body({ draft }: { draft: Draft }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { draft: draft.id };
  const common = { version: draft.version, number: draft.number, concerns: [['finance']], onProblem: setProblem };
  const written = draft.status === 'draft';
  const submitted = draft.status === 'submitted';
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.drafts" number={draft.number} status={draft.status} of="draft">
        <Action {...common} grave title="draft.cancel" permission="finance.voucher_draft.write" when={written}
          send={(header) => ask(api.POST('/api/v1/finance/voucher-drafts/{draft}/cancel', { params: { path, header } }))} />
        {written && may('finance.voucher_draft.write') && (
          <Button onClick={() => void navigate(`/finance/voucher-drafts/${draft.id}/edit`)}>{t('do.edit')}</Button>
        )}
        <Action {...common} primary title="draft.submit" permission="finance.voucher_draft.write" when={written}
          send={(header) => ask(api.POST('/api/v1/finance/voucher-drafts/{draft}/submit', { params: { path, header } }))} />
        <Asking<Draft>
          title="draft.return"
          permission="finance.voucher_draft.post"
          when={submitted}
          version={draft.version}
          number={draft.number}
          fields={[{ name: 'reason', title: 'f.reason', kind: 'long', need: true }]}
          concerns={[['finance']]}
          send={(values, header) =>
            ask(api.POST('/api/v1/finance/voucher-drafts/{draft}/return', { params: { path, header }, body: { reason: textOf(values, 'reason') } }))
          }
        />
        <Action {...common} primary title="voucher.post" permission="finance.voucher_draft.post" when={submitted}
          send={(header) => ask(api.POST('/api/v1/finance/voucher-drafts/{draft}/post', { params: { path, header } }))} />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={['draft', 'submitted', 'posted']} now={draft.status} of="draft" />
        <Facts
          facts={[
            { title: 'f.text', value: draft.text },
            { title: 'f.reference', value: draft.reference },
            { title: 'f.posting_date', value: draft.posting_date },
            { title: 'f.business_date', value: draft.business_date },
            { title: 'f.makers', value: <Makers subjects={draft.makers} /> },
            { title: 'f.posted_by', value: draft.posted_by && <Actor subject={draft.posted_by} /> },
            { title: 'f.voucher', value: draft.voucher && <Posted voucher={draft.voucher} /> },
            { title: 'draft.returned', value: draft.returned_because },
            { title: 'f.recorded_at', value: <Moment value={draft.recorded_at} /> },
            { title: 'f.amount', value: <Money value={draft.amount} />, big: true },
          ]}
        />
        {submitted && <p className="panel-body quiet">{t('draft.another')}</p>}
      </Panel>
      <Panel title="doc.lines">
        <Lines
          rows={draft.lines}
          rowKey={(line) => line.line}
          columns={[
            { title: 'f.line', cell: (line) => line.line, foot: t('doc.total') },
            { title: 'f.account', cell: (line) => <Named kind="accounts" code={line.account} />, foot: '' },
            { title: 'f.text', cell: (line) => line.text, foot: '' },
            { title: 'f.partner', cell: (line) => line.partner, foot: '' },
            { title: 'f.item', cell: (line) => <ItemName code={line.item} />, foot: '' },
            { title: 'f.debit', numeric: true, cell: (line) => blank(line.debit), foot: <Money value={sum(draft.lines.map((line) => line.debit))} /> },
            { title: 'f.credit', numeric: true, cell: (line) => blank(line.credit), foot: <Money value={sum(draft.lines.map((line) => line.credit))} /> },
          ]}
        />
      </Panel>
    </div>
  );
}

export default function DraftPage(): ReactNode {
  return (
    <One
      permission="finance.voucher_draft.read"
      queryKey={['finance', 'voucher-drafts']}
      often={OFTEN_MS}
      load={(draft) => ask(api.GET('/api/v1/finance/voucher-drafts/{draft}', { params: { path: { draft } } }))}
    >
      {(draft) => <Body draft={draft} />}
    </One>
  );
}
