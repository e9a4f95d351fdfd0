import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useRef, useState, type ReactNode } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useEntry } from '../../api/directory';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { compare } from '../../lib/decimal';
import { useCommand } from '../../parts/command';
import { DocumentHead, Facts, Panel } from '../../parts/document/Document';
import { ShareForm, useShares, type ShareColumn } from '../../parts/entry/ShareForm';
import { ProblemNote } from '../../parts/ProblemNote';
import { Named } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';

type Order = Schemas['purchasing_OrderView'];

const COLUMNS: readonly ShareColumn[] = [
  { name: 'accepted', title: 'f.accepted', first: (line) => (compare(line.open, '0') > 0 ? line.open : '') },
  { name: 'rejected', title: 'f.rejected' },
  { name: 'lot', title: 'f.lot', text: true },
];

function Form({ order }: { order: Order }): ReactNode {
  const { t, either } = useWords();
  const navigate = useNavigate();
  const supplier = useEntry('suppliers', useCompanyCode(), order.supplier);
  const lines = order.lines.map((line) => ({ line: line.line, item: line.item, unit: line.unit, open: line.quantity_open }));
  const { shares, set, scan } = useShares(lines, COLUMNS);
  const sent = useRef<number[]>([]);
  const receive = useCommand<Schemas['inventory_ReceiptIn'], Schemas['inventory_ReceiptView']>(
    (body, header) => ask(api.POST('/api/v1/inventory/receipts', { params: { header }, body })),
    {
      concerns: [['inventory'], ['purchasing'], ['sales']],
      done: t('inventory.receive'),
      onDone: (receipt) => void navigate(`/inventory/receipts/${receipt.id}`, { replace: true }),
    },
  );
  const taken = lines.filter((line) => {
    const share = shares[line.line];
    return compare(share?.['accepted'], '0') > 0 || compare(share?.['rejected'], '0') > 0;
  });
  const submit = (): void => {
    sent.current = taken.map((line) => line.line);
    void receive.run({
      purchase_order: order.id,
      warehouse: order.warehouse,
      lines: taken.map((line) => ({
        line: line.line,
        accepted: shares[line.line]?.['accepted'] || '0',
        rejected: shares[line.line]?.['rejected'] || '0',
        ...(shares[line.line]?.['lot'] ? { lot: shares[line.line]?.['lot'] ?? null } : {}),
      })),
    });
  };
  return (
    <div className="page">
      <DocumentHead kind="inventory.receive" number={order.number} status={order.status} />
      <ProblemNote problem={receive.problem} shown={(pointer) => /^\/lines\/\d+\/(accepted|rejected|lot)$/.test(pointer)} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.supplier', value: supplier ? either(supplier.name, supplier.nameEn) : order.supplier },
            { title: 'f.warehouse', value: <Named kind="warehouses" code={order.warehouse} /> },
          ]}
        />
      </Panel>
      <Panel title="doc.lines">
        <ShareForm
          lines={lines}
          columns={COLUMNS}
          shares={shares}
          set={set}
          scan={(item) => scan(item, 'accepted')}
          problem={receive.problem}
          sent={sent.current}
        />
        <div className="submit-bar">
          <Button onClick={() => void navigate(-1)}>{t('do.cancel')}</Button>
          <Button type="primary" loading={receive.busy} disabled={taken.length === 0} onClick={submit}>
            {t('inventory.receive')}
          </Button>
        </div>
      </Panel>
    </div>
  );
}

/** Which order arrives: scanned from the supplier's note, typed, or chosen among those that are due. */
function Choose(): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const company = useCompanyCode();
  const [number, setNumber] = useState('');
  const query = useQuery({
    queryKey: ['purchasing', 'orders', 'arriving', company],
    queryFn: async () => {
      const found = await Promise.all(
        (['approved', 'partly_received'] as const).map((status) =>
          ask(api.GET('/api/v1/purchasing/orders', { params: { query: { company, status, limit: '50' } } }))),
      );
      return found.flatMap((page) => page.items);
    },
    enabled: company !== '',
  });
  return (
    <div className="page">
      <DocumentHead kind="nav.inventory.receipts" number={t('inventory.receive')} />
      <Panel>
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            if (number.trim()) void navigate(`/inventory/receipts/new?order=${encodeURIComponent(number.trim())}`);
          }}
        >
          <Input autoFocus value={number} placeholder={t('f.purchase_order')} aria-label={t('f.purchase_order')} onChange={(event) => setNumber(event.target.value)} />
        </form>
      </Panel>
      <Panel title="home.arriving">
        <Loaded query={query}>
          {(orders) =>
            orders.length === 0 ? (
              <Empty>{t('list.empty')}</Empty>
            ) : (
              <ul className="links big">
                {orders.map((order) => (
                  <li key={order.id}>
                    <Button type="link" onClick={() => void navigate(`/inventory/receipts/new?order=${order.id}`)}>
                      {order.number}
                    </Button>
                    <Named kind="suppliers" code={order.supplier} />
                    <span className="grow" />
                    <span className="quiet nowrap">{order.lines[0]?.due_date}</span>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
    </div>
  );
}

function Receiving(): ReactNode {
  const [params] = useSearchParams();
  const ref = params.get('order') ?? '';
  const query = useQuery({
    queryKey: ['purchasing', 'orders', 'one', ref],
    queryFn: () => ask(api.GET('/api/v1/purchasing/orders/{ref}', { params: { path: { ref } } })),
    enabled: ref !== '',
  });
  if (!ref) return <Choose />;
  return <Loaded query={query}>{(order) => <Form key={order.id} order={order} />}</Loaded>;
}

export default function NewReceipt(): ReactNode {
  return (
    <Allowed permission="inventory.receipt.create">
      <Receiving />
    </Allowed>
  );
}
