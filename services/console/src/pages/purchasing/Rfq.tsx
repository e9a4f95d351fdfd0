import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Panel, Steps, Lines } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';
import { OfferButton } from './Offer';

type Rfq = Schemas['purchasing_RfqView'];

const OFTEN_MS = 15_000;

/** The offers side by side: a column for each supplier, a row for each line. */
function Compared({ rfq }: { rfq: Rfq }): ReactNode {
  const { t } = useWords();
  const open = rfq.status === 'open';
  return (
    <Panel title="rfq.offers">
      <div className="scroll-x">
        <table className="grid-table">
          <thead>
            <tr>
              <th>{t('f.item')}</th>
              {rfq.offers.map((offer) => (
                <th key={offer.supplier} className="num">
                  <Named kind="suppliers" code={offer.supplier} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rfq.lines.map((line) => (
              <tr key={line.line}>
                <td>{line.line} · <ItemName code={line.item} /></td>
                {rfq.offers.map((offer) => {
                  const found = offer.lines.find((each) => each.line === line.line);
                  return (
                    <td key={offer.supplier} className="num">
                      {found ? <>{plain(found.unit_price, 2)} <span className="quiet">· {t('rfq.days', { count: found.lead_time_days })}</span></> : <span className="quiet">–</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
            <tr>
              <td>{t('f.amount_net')}</td>
              {rfq.offers.map((offer) => (
                <td key={offer.supplier} className="num">
                  {offer.lines.length === 0 ? (
                    <span className="quiet">{t('rfq.noAnswer')}</span>
                  ) : (
                    <>
                      <b><Money value={offer.amount_net} /></b>
                      {offer.cheapest && <> <span className="tag tag-good">{t('rfq.cheapest')}</span></>}
                      {offer.fastest && <> <span className="tag tag-good">{t('rfq.fastest')}</span></>}
                      {!offer.complete && <> <span className="tag tag-warn">{t('rfq.incomplete', { lines: offer.missing.join(', ') })}</span></>}
                    </>
                  )}
                </td>
              ))}
            </tr>
            {open && (
              <tr>
                <td />
                {rfq.offers.map((offer) => (
                  <td key={offer.supplier} className="num">
                    <OfferButton rfq={rfq} supplier={offer.supplier} />{' '}
                    <Asking<Rfq>
                      small
                      primary
                      title="rfq.award"
                      permission="purchasing.rfq.award"
                      when={offer.complete && offer.lines.length > 0}
                      version={rfq.version}
                      number={offer.supplier}
                      fields={[]}
                      concerns={[['purchasing']]}
                      send={(_, header) =>
                        ask(api.POST('/api/v1/purchasing/rfqs/{ref}/award', {
                          params: { path: { ref: rfq.id }, header }, body: { supplier: offer.supplier },
                        }))
                      }
                    />
                  </td>
                ))}
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Body({ rfq }: { rfq: Rfq }): ReactNode {
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <div className="page">
      <DocumentHead kind="nav.purchasing.rfqs" number={rfq.number} status={rfq.status} of="rfq">
        <Action
          grave
          version={rfq.version}
          number={rfq.number}
          title="rfq.cancel"
          permission="purchasing.rfq.cancel"
          when={rfq.status === 'open'}
          concerns={[['purchasing']]}
          onProblem={setProblem}
          send={(header) => ask(api.POST('/api/v1/purchasing/rfqs/{ref}/cancel', { params: { path: { ref: rfq.id }, header } }))}
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={['open', 'awarded']} now={rfq.status} of="rfq" />
        <Facts
          facts={[
            { title: 'f.warehouse', value: <Named kind="warehouses" code={rfq.warehouse} /> },
            { title: 'f.answer_until', value: rfq.answer_until },
            { title: 'f.currency', value: rfq.currency },
            { title: 'f.awarded_to', value: rfq.awarded_to && <Named kind="suppliers" code={rfq.awarded_to} /> },
            { title: 'f.purchase_order', value: rfq.order && <Link to={`/purchasing/orders/${rfq.order}`}>{rfq.order_number}</Link> },
            { title: 'f.recorded_at', value: <Moment value={rfq.recorded_at} /> },
          ]}
        />
      </Panel>
      <Panel title="doc.lines">
        <Lines
          rows={rfq.lines}
          rowKey={(line) => line.line}
          columns={[
            { title: 'f.line', cell: (line) => line.line },
            { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
            { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
          ]}
        />
      </Panel>
      <Compared rfq={rfq} />
    </div>
  );
}

export default function RfqPage(): ReactNode {
  return (
    <One
      permission="purchasing.rfq.read"
      queryKey={['purchasing', 'rfqs']}
      often={OFTEN_MS}
      load={(ref) => ask(api.GET('/api/v1/purchasing/rfqs/{ref}', { params: { path: { ref } } }))}
    >
      {(rfq) => <Body rfq={rfq} />}
    </One>
  );
}

