import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { isZero, sum } from '../../lib/decimal';
import { Actor } from '../../parts/Actor';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money } from '../../parts/show';

type Voucher = Schemas['finance_VoucherView'];

function Body({ voucher }: { voucher: Voucher }): ReactNode {
  const { t, value, either } = useWords();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const blank = (text: string): ReactNode => (isZero(text) ? null : <Money value={text} />);
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.vouchers" number={voucher.number} status={voucher.status}>
        <Action
          grave
          title="finance.reverse"
          permission="finance.voucher.reverse"
          when={voucher.reversed_by === null && voucher.source_event === null && voucher.corrects === null}
          version={voucher.version}
          number={voucher.number}
          concerns={[['finance']]}
          onProblem={setProblem}
          send={async ({ 'Idempotency-Key': key }) => {
            const made = await ask(
              api.POST('/api/v1/finance/vouchers/{voucher}/reverse', {
                params: { path: { voucher: voucher.id }, header: { 'Idempotency-Key': key } },
                body: { text: t('finance.reversalOf', { number: voucher.number }) },
              }),
            );
            void navigate(`/finance/vouchers/${made.id}`);
          }}
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <div className="columns">
        <div>
          <Panel>
            <Facts
              facts={[
                { title: 'f.text', value: either(voucher.text, voucher.text_en) },
                { title: 'f.voucher_type', value: value(voucher.voucher_type) },
                { title: 'f.posting_date', value: voucher.posting_date },
                { title: 'f.business_date', value: voucher.business_date },
                { title: 'f.period', value: voucher.period },
                { title: 'f.actor', value: voucher.actor && <Actor subject={voucher.actor} /> },
                { title: 'f.recorded_at', value: <Moment value={voucher.recorded_at} /> },
              ]}
            />
          </Panel>
          <Panel title="doc.lines">
            <Lines
              rows={voucher.lines}
              rowKey={(line) => line.line}
              columns={[
                { title: 'f.line', cell: (line) => line.line, foot: t('doc.total') },
                {
                  title: 'f.account', foot: '',
                  cell: (line) => <Link to={`/finance/vouchers?account=${line.account}`}>{line.account}</Link>,
                },
                { title: 'f.text', foot: '', cell: (line) => either(line.text, line.text_en) },
                { title: 'f.partner', foot: '', cell: (line) => line.partner },
                { title: 'f.item', foot: '', cell: (line) => <ItemName code={line.item} /> },
                { title: 'f.debit', numeric: true, cell: (line) => blank(line.debit), foot: <Money value={sum(voucher.lines.map((line) => line.debit))} /> },
                { title: 'f.credit', numeric: true, cell: (line) => blank(line.credit), foot: <Money value={sum(voucher.lines.map((line) => line.credit))} /> },
              ]}
            />
          </Panel>
        </div>
        <div>
          <Panel title="doc.why">
            <p className="panel-body">{either(voucher.why.explanation, voucher.why.explanation_en) || t('finance.byHand')}</p>
            <Facts
              facts={[
                { title: 'f.topic', value: voucher.why.source_topic ? <code>{voucher.why.source_topic}</code> : null },
                {
                  title: 'f.source',
                  value: voucher.source_number && (
                    <Link to={`/finance/vouchers?source=${encodeURIComponent(voucher.source_number)}`}>{voucher.source_number}</Link>
                  ),
                },
                {
                  title: 'f.case_number',
                  value: voucher.case_number && (
                    <Link to={`/finance/vouchers?source=${encodeURIComponent(voucher.case_number)}`}>{voucher.case_number}</Link>
                  ),
                },
                { title: 'f.rule', value: voucher.rule ? `${voucher.rule} v${voucher.rule_version}` : null },
              ]}
            />
          </Panel>
        </div>
      </div>
    </div>
  );
}

export default function VoucherPage(): ReactNode {
  return (
    <One
      permission="finance.voucher.read"
      queryKey={['finance', 'vouchers']}
      load={(voucher) => ask(api.GET('/api/v1/finance/vouchers/{voucher}', { params: { path: { voucher } } }))}
    >
      {(voucher) => <Body voucher={voucher} />}
    </One>
  );
}
