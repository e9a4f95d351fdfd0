import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { PaperFoot } from '../../parts/document/Print';
import { given, textOf } from '../../parts/entry/Fields';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { standing } from './quoted';

type Quotation = Schemas['sales_QuotationView'];
type Line = Quotation['lines'][number];

/** No event tells of a draft. */
const OFTEN_MS = 5_000;

export function PriceCell({ line }: { line: Pick<Line, 'unit_price' | 'price_list' | 'price_from'> }): ReactNode {
  const { t } = useWords();
  return (
    <>
      {plain(line.unit_price, 2)}
      {line.price_list && (
        <div className="quiet off-paper">
          {line.price_list} · {t('sales.fromQuantity', { quantity: plain(line.price_from ?? '0') || '0' })}
        </div>
      )}
    </>
  );
}

/** The item; what had none when it was offered by its description, and how far its engineering is. */
export function Thing({ line }: { line: Pick<Line, 'item' | 'non_standard'> }): ReactNode {
  const { t, value, either } = useWords();
  const thing = line.non_standard;
  if (!thing) return <ItemName code={line.item} />;
  return (
    <>
      {line.item ? <ItemName code={line.item} /> : either(thing.description, thing.description_en)}
      {!line.item && (
        <div className="quiet off-paper">
          {thing.status ? value(thing.status, 'engineering') : t('quotation.nonStandard')} {thing.request_number} {thing.reason}
        </div>
      )}
    </>
  );
}

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <Thing line={line} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.unit_price', numeric: true, cell: (line) => <PriceCell line={line} /> },
  { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
  { title: 'f.amount_gross', numeric: true, cell: (line) => <Money value={line.amount_gross} /> },
  { title: 'f.warehouse', inside: true, cell: (line) => line.warehouse },
];

/** What the customer was offered, each time. */
function Revisions({ quotation }: { quotation: Quotation }): ReactNode {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['sales', 'quotations', quotation.id, 'revisions', quotation.revision],
    queryFn: () =>
      ask(api.GET('/api/v1/sales/quotations/{quotation}/revisions', { params: { path: { quotation: quotation.id } } })),
  });
  return (
    <Panel inside title="quotation.revisions">
      <Loaded query={query} rows={2}>
        {(found) => (
          <ul className="links">
            {found.items.map((row) => (
              <li key={row.revision}>
                <span className="grow">
                  {row.revision} <span className="quiet">{t('f.valid_until')} {row.valid_until}</span>
                </span>
                <Money value={row.amount_gross} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function Body({ quotation }: { quotation: Quotation }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { quotation: quotation.id };
  const common = { version: quotation.version, number: quotation.number, concerns: [['sales']], onProblem: setProblem };
  const open = quotation.status === 'draft' || quotation.status === 'issued';
  return (
    <div className="page on-paper">
      <DocumentHead kind="nav.sales.quotations" number={quotation.number} status={standing(quotation)} of="quotation" paper="print.quotation">
        <Asking<Quotation>
          grave
          title="quotation.cancel"
          permission="sales.quotation.cancel"
          when={open}
          version={quotation.version}
          number={quotation.number}
          fields={[{ name: 'reason', title: 'f.reason', kind: 'long' }]}
          concerns={[['sales']]}
          send={(values, header) =>
            ask(api.POST('/api/v1/sales/quotations/{quotation}/cancel', { params: { path, header }, body: { reason: textOf(values, 'reason') } }))
          }
        />
        {open && may('sales.quotation.change') && (
          <Button onClick={() => void navigate(`/sales/quotations/${quotation.id}/edit`)}>{t('do.edit')}</Button>
        )}
        <Action {...common} primary title="quotation.issue" permission="sales.quotation.issue" when={quotation.status === 'draft'}
          send={(header) => ask(api.POST('/api/v1/sales/quotations/{quotation}/issue', { params: { path, header } }))} />
        <Asking<Quotation>
          primary
          title="quotation.accept"
          permission="sales.order.place"
          when={quotation.status === 'issued' && !quotation.expired}
          version={quotation.version}
          number={quotation.number}
          fields={[{ name: 'channel_number', title: 'f.customers_number', kind: 'text' }]}
          concerns={[['sales'], ['inventory']]}
          send={(values, header) =>
            ask(api.POST('/api/v1/sales/quotations/{quotation}/accept', {
              params: { path, header }, body: { priority: 50, ...given<{ channel_number?: string }>(values) },
            }))
          }
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <div className="columns">
        <div>
          <Panel>
            <Steps way={['draft', 'issued', 'accepted']} now={quotation.status} of="quotation" />
            <Facts
              facts={[
                { title: 'f.customer', value: <Named kind="customers" code={quotation.customer} /> },
                { title: 'f.business_date', value: quotation.business_date },
                { title: 'f.valid_until', value: quotation.valid_until },
                { title: 'f.requested_date', value: quotation.requested_date },
                { title: 'f.revision', value: quotation.revision === 0 ? null : quotation.revision },
                { title: 'f.order', value: quotation.order && <Link to={`/sales/orders/${quotation.order}`}>{quotation.order_number}</Link> },
                { title: 'f.reason', value: quotation.reason },
                { title: 'f.recorded_at', value: <Moment value={quotation.recorded_at} /> },
              ]}
            />
          </Panel>
          <Panel title="doc.lines">
            <Lines rows={quotation.lines} columns={columns} rowKey={(line) => line.line} />
            <div className="totals">
              <span className="quiet">{t('f.amount_net')} <Money value={quotation.amount_net} /></span>
              <span className="quiet">{t('f.amount_tax')} <Money value={quotation.amount_tax} /></span>
              <span>{t('f.amount_gross')} <b><Money value={quotation.amount_gross} /></b> {quotation.currency}</span>
            </div>
          </Panel>
          <PaperFoot />
        </div>
        <div>{quotation.revision > 0 && <Revisions quotation={quotation} />}</div>
      </div>
    </div>
  );
}

export default function QuotationPage(): ReactNode {
  return (
    <One
      permission="sales.quotation.read"
      queryKey={['sales', 'quotations']}
      often={OFTEN_MS}
      load={(quotation) => ask(api.GET('/api/v1/sales/quotations/{quotation}', { params: { path: { quotation } } }))}
    >
      {(quotation) => <Body quotation={quotation} />}
    </One>
  );
}
