/** What sellers, buyers and keepers have before them. */

import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords, type Key } from '../../i18n';
import { money } from '../../lib/decimal';
import { today } from '../../lib/dates';
import { Named } from '../../parts/show';
import { Card } from './Card';

const FEW = '50';
const MANY = '200';

type Summary = Schemas['sales_OrderSummary'];

/** Why an order that runs may come too late; null if nothing speaks for it. */
export function riskOf(order: Pick<Summary, 'requested_date' | 'promised_date' | 'status'>, day: string): Key | null {
  if (order.promised_date === null) return order.status === 'processing' ? 'risk.noPromise' : null;
  if (order.promised_date < day) return 'risk.late';
  if (order.requested_date !== null && order.promised_date > order.requested_date) return 'risk.laterThanWished';
  return null;
}

function Risk({ risk }: { risk: Key }): ReactNode {
  const { t } = useWords();
  return <span className={`tag ${risk === 'risk.late' ? 'tag-bad' : 'tag-warn'}`}>{t(risk)}</span>;
}

function Words({ words }: { words: readonly string[] }): ReactNode {
  const { value } = useWords();
  return <span className="tag tag-warn">{words.map(value).join(', ')}</span>;
}

export function Selling({ company }: { company: string }): ReactNode {
  return (
    <>
      <Card
        title="home.held"
        all="/sales/orders?status=on_hold"
        queryKey={['sales', 'orders', 'home', 'held', company]}
        good="home.noneHeld"
        load={async () => {
          const found = await ask(api.GET('/api/v1/sales/orders', { params: { query: { company, status: ['on_hold'], limit: FEW } } }));
          return {
            more: Boolean(found.next),
            rows: found.items.map((order) => ({
              key: order.id, path: `/sales/orders/${order.id}`, number: order.number,
              about: `${order.customer} · ${money(order.amount_gross)}`, mark: <Words words={order.hold_reasons} />,
            })),
          };
        }}
      />
      <Card
        title="home.atRisk"
        all="/sales/orders?status=processing"
        queryKey={['sales', 'orders', 'home', 'risk', company]}
        good="home.noneAtRisk"
        load={async () => {
          const day = today();
          const found = await ask(
            api.GET('/api/v1/sales/orders', { params: { query: { company, status: ['processing', 'pending'], limit: MANY } } }),
          );
          const rows = found.items
            .map((order) => ({ order, risk: riskOf(order, day) }))
            .flatMap(({ order, risk }) => (risk ? [{ order, risk }] : []));
          rows.sort((left, right) => (left.order.promised_date ?? '9').localeCompare(right.order.promised_date ?? '9'));
          return {
            more: Boolean(found.next),
            rows: rows.map(({ order, risk }) => ({
              key: order.id, path: `/sales/orders/${order.id}`, number: order.number,
              about: `${order.customer} · ${order.promised_date ?? ''}`, mark: <Risk risk={risk} />,
            })),
          };
        }}
      />
    </>
  );
}

export function Buying({ company }: { company: string }): ReactNode {
  const may = useMay();
  const approve = may('purchasing.order.approve');
  return (
    <>
      {approve && (
        <Card
          title="home.toApprove"
          all="/purchasing/orders?status=submitted"
          queryKey={['purchasing', 'orders', 'home', 'submitted', company]}
          good="home.noneToApprove"
          load={async () => {
            const found = await ask(api.GET('/api/v1/purchasing/orders', { params: { query: { company, status: 'submitted', limit: FEW } } }));
            return {
              more: Boolean(found.next),
              rows: found.items.map((order) => ({
                key: order.id, path: `/purchasing/orders/${order.id}`, number: order.number,
                about: <Named kind="suppliers" code={order.supplier} />, mark: <span className="num">{money(order.amount_gross)}</span>,
              })),
            };
          }}
        />
      )}
      {may('purchasing.requisition.read') && (
        <Card
          title="home.shortages"
          all="/purchasing/requisitions?status=open"
          queryKey={['purchasing', 'requisitions', 'home', company]}
          good="home.noShortages"
          load={async () => {
            const found = await ask(api.GET('/api/v1/purchasing/requisitions', { params: { query: { company, status: 'open', limit: FEW } } }));
            return {
              more: Boolean(found.next),
              rows: found.items.map((each) => ({
                key: each.id, path: `/purchasing/requisitions/${each.id}`, number: each.number,
                about: each.lines.map((line) => `${line.item} × ${line.quantity}`).join(', '),
                mark: <Words words={[each.origin]} />,
              })),
            };
          }}
        />
      )}
      <Card
        title="home.lateOrders"
        all={`/purchasing/orders?due_before=${today()}`}
        queryKey={['purchasing', 'orders', 'home', 'late', company]}
        good="home.noLateOrders"
        load={async () => {
          const day = today();
          const found = await Promise.all(
            (['approved', 'partly_received'] as const).map((status) =>
              ask(api.GET('/api/v1/purchasing/orders', { params: { query: { company, status, due_before: day, limit: FEW } } }))),
          );
          return {
            more: found.some((page) => page.next),
            rows: found.flatMap((page) => page.items).map((order) => ({
              key: order.id, path: `/purchasing/orders/${order.id}`, number: order.number,
              about: <Named kind="suppliers" code={order.supplier} />,
              mark: <span className="tag tag-bad">{order.lines.map((line) => line.due_date).sort()[0]}</span>,
            })),
          };
        }}
      />
    </>
  );
}

export function Keeping({ company }: { company: string }): ReactNode {
  const may = useMay();
  const deliveries = (status: string) => async () => {
    const found = await ask(api.GET('/api/v1/inventory/deliveries', { params: { query: { company, status, limit: FEW } } }));
    return {
      more: Boolean(found.next),
      rows: found.items.map((each) => ({
        key: each.id, path: `/inventory/deliveries/${each.id}`, number: each.number,
        about: `${each.warehouse} · ${each.order_number}`, mark: <span className="quiet">{each.business_date}</span>,
      })),
    };
  };
  return (
    <>
      {may('inventory.receipt.create') && (
        <Card
          title="home.arriving"
          all="/inventory/receipts/new"
          queryKey={['purchasing', 'orders', 'home', 'arriving', company]}
          good="home.noneArriving"
          load={async () => {
            const found = await Promise.all(
              (['approved', 'partly_received'] as const).map((status) =>
                ask(api.GET('/api/v1/purchasing/orders', { params: { query: { company, status, limit: FEW } } }))),
            );
            return {
              more: found.some((page) => page.next),
              rows: found.flatMap((page) => page.items).map((order) => ({
                key: order.id, path: `/inventory/receipts/new?order=${order.id}`, number: order.number,
                about: <Named kind="suppliers" code={order.supplier} />,
                mark: <span className="quiet nowrap">{order.lines.map((line) => line.due_date).sort()[0]}</span>,
              })),
            };
          }}
        />
      )}
      <Card
        title="home.toPick"
        all="/inventory/deliveries?status=released"
        queryKey={['inventory', 'deliveries', 'home', 'released', company]}
        good="home.noneToPick"
        load={deliveries('released')}
      />
      <Card
        title="home.toShip"
        all="/inventory/deliveries?status=picked"
        queryKey={['inventory', 'deliveries', 'home', 'picked', company]}
        good="home.noneToShip"
        load={deliveries('picked')}
      />
    </>
  );
}
