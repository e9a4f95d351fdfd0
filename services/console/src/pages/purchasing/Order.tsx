import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay, type May } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero, money, percent, plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { Linked, gathered, type LinkedDocument, type LinkedDocuments } from '../../parts/document/Linked';
import { One } from '../../parts/document/One';
import { PaperFoot } from '../../parts/document/Print';
import { Vouchers } from '../../parts/document/Vouchers';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';

type Order = Schemas['purchasing_OrderView'];
type Line = Order['lines'][number];

const CONCERNS = [['purchasing'], ['inventory']];
const WAY = ['draft', 'submitted', 'approved', 'partly_received', 'received', 'closed'];
const RETURNABLE = ['partly_received', 'received', 'closed'];

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.unit_price', numeric: true, cell: (line) => plain(line.unit_price, 2) },
  { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
  { title: 'f.due_date', cell: (line) => line.due_date },
  { title: 'f.quantity_received', numeric: true, inside: true, cell: (line) => <Quantity value={line.quantity_received} /> },
  { title: 'f.quantity_open', numeric: true, inside: true, cell: (line) => <Quantity value={line.quantity_open} /> },
  { title: 'f.quantity_billed', numeric: true, inside: true, cell: (line) => <Quantity value={line.quantity_billed} /> },
  { title: 'f.quantity_returned', numeric: true, inside: true, cell: (line) => <Quantity value={line.quantity_returned} /> },
];

function linked(order: Order, may: May): Promise<LinkedDocuments> {
  const none = Promise.resolve<LinkedDocument[]>([]);
  return gathered([
    may('inventory.receipt.read')
      ? ask(api.GET('/api/v1/inventory/receipts', { params: { query: { purchase_order: order.id, limit: '200' } } })).then((page) =>
          page.items.map((each) => ({
            kind: 'nav.inventory.receipts' as const, number: each.number, path: `/inventory/receipts/${each.id}`,
            status: each.status, about: money(each.amount),
          })))
      : none,
    may('finance.bill.read')
      ? ask(api.GET('/api/v1/finance/bills', { params: { query: { purchase_order: order.number, limit: '200' } } })).then((page) =>
          page.items.map((each) => ({
            kind: 'nav.finance.bills' as const, number: each.number, path: `/finance/bills/${each.id}`,
            status: each.status, about: money(each.amount_gross),
          })))
      : none,
    may('purchasing.return.read')
      ? ask(api.GET('/api/v1/purchasing/returns', { params: { query: { order: order.id, limit: '200' } } })).then((page) =>
          page.items.map((each) => ({
            kind: 'nav.purchasing.returns' as const, number: each.number, path: `/purchasing/returns/${each.id}`, status: each.status,
          })))
      : none,
    may('finance.payment.read')
      ? ask(api.GET('/api/v1/finance/payments', { params: { query: { order: order.number, limit: '200' } } })).then((page) =>
          page.items.map((each) => ({
            kind: 'nav.finance.payments' as const, number: each.number, path: `/finance/payments/${each.id}`,
            status: each.status, about: money(each.amount),
          })))
      : none,
  ]);
}

function Body({ order }: { order: Order }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { ref: order.id };
  const common = { version: order.version, number: order.number, concerns: CONCERNS, onProblem: setProblem };
  const arriving = ['approved', 'partly_received'].includes(order.status);
  return (
    <div className="page on-paper">
      <DocumentHead kind="nav.purchasing.orders" number={order.number} status={order.status} paper="print.purchase">
        {RETURNABLE.includes(order.status) && may('purchasing.return.create') && (
          <Button onClick={() => void navigate(`/purchasing/returns/new?order=${order.id}`)}>{t('purchasing.return')}</Button>
        )}
        {RETURNABLE.includes(order.status) && may('finance.bill.enter') && (
          <Button onClick={() => void navigate(`/finance/bills/new?order=${order.id}`)}>{t('finance.enterBill')}</Button>
        )}
        <Action
          {...common}
          grave
          title="purchasing.cancel"
          permission="purchasing.order.cancel"
          when={['draft', 'submitted', 'approved'].includes(order.status)}
          send={(header) => ask(api.POST('/api/v1/purchasing/orders/{ref}/cancel', { params: { path, header } }))}
        />
        <Action
          {...common}
          grave
          title="purchasing.close"
          permission="purchasing.order.close"
          when={['partly_received', 'received'].includes(order.status)}
          send={(header) => ask(api.POST('/api/v1/purchasing/orders/{ref}/close', { params: { path, header } }))}
        />
        <Action
          {...common}
          primary
          title="purchasing.submit"
          permission="purchasing.order.submit"
          when={order.status === 'draft'}
          send={(header) => ask(api.POST('/api/v1/purchasing/orders/{ref}/submit', { params: { path, header } }))}
        />
        <Action
          {...common}
          primary
          title="purchasing.approve"
          permission="purchasing.order.approve"
          when={order.status === 'submitted'}
          send={(header) => ask(api.POST('/api/v1/purchasing/orders/{ref}/approve', { params: { path, header } }))}
        />
        {arriving && may('inventory.receipt.create') && (
          <Button type="primary" onClick={() => void navigate(`/inventory/receipts/new?order=${order.id}`)}>
            {t('inventory.receive')}
          </Button>
        )}
      </DocumentHead>
      <ProblemNote problem={problem} />
      <div className="columns">
        <div>
          <Panel>
            <Steps way={WAY} now={order.status} />
            <Facts
              facts={[
                { title: 'f.supplier', value: <Named kind="suppliers" code={order.supplier} /> },
                { title: 'f.warehouse', value: <Named kind="warehouses" code={order.warehouse} /> },
                { title: 'f.business_date', value: order.business_date },
                { title: 'f.tolerance', value: isZero(order.tolerance) ? null : percent(order.tolerance) },
                { title: 'f.recorded_at', value: <Moment value={order.recorded_at} /> },
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
          <Linked queryKey={['purchasing', 'linked', order.id]} load={() => linked(order, may)} />
        </div>
      </div>
    </div>
  );
}

export default function PurchaseOrder(): ReactNode {
  return (
    <One
      permission="purchasing.order.read"
      queryKey={['purchasing', 'orders']}
      load={(ref) => ask(api.GET('/api/v1/purchasing/orders/{ref}', { params: { path: { ref } } }))}
    >
      {(order) => <Body order={order} />}
    </One>
  );
}
