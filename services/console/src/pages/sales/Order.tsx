import { ApartmentOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero, plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { Linked } from '../../parts/document/Linked';
import { One } from '../../parts/document/One';
import { PaperFoot } from '../../parts/document/Print';
import { Vouchers } from '../../parts/document/Vouchers';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';
import { linkedOfOrder } from './linked';
import { PriceCell } from './Quotation';

type Order = Schemas['sales_OrderView'];
type Line = Order['lines'][number];

const CONCERNS = [['sales'], ['inventory'], ['case']];
const WAY = ['pending', 'processing', 'completed', 'closed'];
const HELD_WAY = ['on_hold', ...WAY];

/** When the plan delivers a line now, since that moved away from what was promised. */
function ByPlan({ told }: { told: NonNullable<Line['promise_change']> }): ReactNode {
  const { t, language } = useWords();
  return (
    <span className={told.cause === 'on_time' ? 'tag tag-good' : 'tag tag-warn'} title={language === 'en' ? told.reason_en : told.reason}>
      {told.new_date ?? t('sales.noSupply')}
    </span>
  );
}

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.unit_price', numeric: true, cell: (line) => <PriceCell line={line} /> },
  { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
  {
    title: 'f.held', numeric: true, inside: true,
    cell: (line) => line.held.map((each) => `${each.warehouse} ${plain(each.quantity)}`).join(' · ') || <Quantity value="0" />,
  },
  {
    title: 'f.expected', numeric: true, inside: true,
    cell: (line) => line.expected.map((each) => `${plain(each.quantity)} @ ${each.date ?? '?'}`).join(' · ') || <Quantity value="0" />,
  },
  {
    title: 'f.uncovered', numeric: true, inside: true,
    cell: (line) => (isZero(line.uncovered) ? <Quantity value="0" /> : <span className="tag tag-bad">{plain(line.uncovered)}</span>),
  },
  { title: 'f.by_plan', inside: true, cell: (line) => line.promise_change && <ByPlan told={line.promise_change} /> },
  { title: 'f.quantity_shipped', numeric: true, inside: true, cell: (line) => <Quantity value={line.quantity_shipped} /> },
  { title: 'f.quantity_open', numeric: true, inside: true, cell: (line) => <Quantity value={line.quantity_open} /> },
];

function Body({ order }: { order: Order }): ReactNode {
  const { t, value } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { order: order.id };
  const common = { version: order.version, number: order.number, concerns: CONCERNS, onProblem: setProblem };
  const running = ['pending', 'processing'].includes(order.status);
  return (
    <div className="page on-paper">
      <DocumentHead kind="nav.sales.orders" number={order.number} status={order.status} paper="print.order">
        <Button icon={<ApartmentOutlined />} onClick={() => void navigate(`/sales/orders/${order.id}/case`)}>
          {t('doc.case')}
        </Button>
        {may('sales.return.draft') && !isZero(order.amount_shipped) && (
          <Button onClick={() => void navigate(`/sales/returns/new?order=${order.id}`)}>{t('sales.return')}</Button>
        )}
        {may('finance.invoice.issue') && !isZero(order.amount_shipped) && (
          <Action
            {...common}
            title="sales.invoice"
            permission="finance.invoice.issue"
            when={order.amount_invoiced !== order.amount_shipped}
            concerns={[['finance'], ['sales'], ['case']]}
            send={({ 'Idempotency-Key': key }) =>
              ask(api.POST('/api/v1/finance/invoices', {
                params: { header: { 'Idempotency-Key': key } }, body: { order: order.number, shipments: [] },
              }))
            }
          />
        )}
        <Action
          {...common}
          grave
          title="sales.cancel"
          permission="sales.order.cancel"
          when={running || order.status === 'on_hold'}
          send={(header) => ask(api.POST('/api/v1/sales/orders/{order}/cancel', { params: { path, header } }))}
        />
        <Action
          {...common}
          grave
          title="sales.close"
          permission="sales.order.close"
          when={running && !isZero(order.amount_shipped)}
          send={(header) => ask(api.POST('/api/v1/sales/orders/{order}/close', { params: { path, header } }))}
        />
        <Action
          {...common}
          primary
          title="sales.release"
          permission="sales.order.release"
          when={order.status === 'on_hold'}
          send={(header) => ask(api.POST('/api/v1/sales/orders/{order}/release', { params: { path, header } }))}
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <div className="columns">
        <div>
          <Panel>
            <Steps way={order.status === 'on_hold' ? HELD_WAY : WAY} now={order.status} />
            <Facts
              facts={[
                { title: 'f.customer', value: <Named kind="customers" code={order.customer} /> },
                { title: 'f.business_date', value: order.business_date },
                { title: 'f.requested_date', value: order.requested_date },
                { title: 'f.promised_date', value: order.promised_date },
                { title: 'f.channel_number', value: order.channel_number },
                { title: 'f.hold_reasons', value: order.status === 'on_hold' ? order.hold_reasons.map(value).join(', ') : null },
                { title: 'f.recorded_at', value: <Moment value={order.placed_at} /> },
              ]}
            />
          </Panel>
          <Panel title="doc.lines">
            <Lines rows={order.lines} columns={columns} rowKey={(line) => line.line} />
            <div className="totals">
              <span className="quiet">{t('f.amount_net')} <Money value={order.amount_net} /></span>
              <span className="quiet">{t('f.amount_tax')} <Money value={order.amount_tax} /></span>
              <span>{t('f.amount_gross')} <b><Money value={order.amount_gross} /></b> {order.currency}</span>
            </div>
          </Panel>
          <PaperFoot />
          <Vouchers source={order.number} />
        </div>
        <div>
          <Panel inside title="doc.overview">
            <Facts
              facts={[
                { title: 'f.amount_open', value: <Money value={order.amount_open} /> },
                { title: 'f.amount_shipped', value: <Money value={order.amount_shipped} /> },
                { title: 'f.amount_invoiced', value: <Money value={order.amount_invoiced} /> },
                { title: 'f.amount_paid', value: <Money value={order.amount_paid} /> },
              ]}
            />
          </Panel>
          <Linked queryKey={['case', order.id, 'linked']} load={() => linkedOfOrder(order.id, order.number, may)} />
        </div>
      </div>
    </div>
  );
}

export default function OrderPage(): ReactNode {
  return (
    <One
      permission="sales.order.read"
      queryKey={['sales', 'orders']}
      load={(order) => ask(api.GET('/api/v1/sales/orders/{order}', { params: { path: { order } } }))}
    >
      {(order) => <Body order={order} />}
    </One>
  );
}
