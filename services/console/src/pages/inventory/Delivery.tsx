import { Button, Input } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { compare, minus, plain } from '../../lib/decimal';
import { useCommand } from '../../parts/command';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { PaperFoot } from '../../parts/document/Print';
import { Vouchers } from '../../parts/document/Vouchers';
import { Field } from '../../parts/Field';
import { ProblemNote } from '../../parts/ProblemNote';
import { ScanField } from '../../parts/ScanField';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';

type Delivery = Schemas['inventory_DeliveryView'];
type Line = Delivery['lines'][number];
type Quantities = Record<number, string>;

const WAY = ['released', 'picked', 'shipped'];
const CONCERNS = [['inventory'], ['sales'], ['case']];

const wholly = (delivery: Delivery): Quantities =>
  Object.fromEntries(delivery.lines.map((line) => [line.line, plainOf(line)]));

const plainOf = (line: Line): string => (compare(line.picked, '0') > 0 ? line.picked : line.quantity);

function Body({ delivery }: { delivery: Delivery }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const [quantities, setQuantities] = useState<Quantities>(() => wholly(delivery));
  const [scanned, setScanned] = useState<Quantities | null>(null);
  const [carrier, setCarrier] = useState('');
  const [tracking, setTracking] = useState('');
  const path = { delivery: delivery.id };
  const { version, status } = delivery;
  useEffect(() => {
    setQuantities(wholly(delivery));
    setScanned(null);
    // what was typed belongs to the version it was typed for
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [delivery.id, version]);

  const chosen = scanned ?? quantities;
  const lines = delivery.lines
    .filter((line) => compare(chosen[line.line], '0') > 0)
    .map((line) => ({ line: line.line, quantity: chosen[line.line] ?? '0' }));
  const pick = useCommand<Schemas['inventory_PickIn'], Delivery>(
    (body, header) => ask(api.POST('/api/v1/inventory/deliveries/{delivery}/pick', { params: { path, header }, body })),
    { version, concerns: CONCERNS, done: t('inventory.pick') },
  );
  const ship = useCommand<Schemas['inventory_ShipIn'], Delivery>(
    (body, header) => ask(api.POST('/api/v1/inventory/deliveries/{delivery}/ship', { params: { path, header }, body })),
    { version, concerns: CONCERNS, done: t('inventory.ship') },
  );
  const mayPick = status === 'released' && may('inventory.delivery.pick');
  const mayShip = (status === 'released' || status === 'picked') && may('inventory.delivery.ship');
  const editable = mayPick || mayShip;
  const problem = ship.problem ?? pick.problem;

  const onScan = (code: string): boolean | 'full' => {
    const line = delivery.lines.find((each) => each.item === code);
    if (!line) return false;
    const now = scanned ?? {};
    const next = minus(now[line.line] ?? '0', '-1');
    if (compare(next, line.quantity) > 0) return 'full';
    setScanned({ ...now, [line.line]: next });
    return true;
  };

  const columns: LineColumn<Line>[] = [
    { title: 'f.line', cell: (line) => line.line },
    { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
    ...(delivery.lines.some((line) => line.lot) ? [{ title: 'f.lot' as const, cell: (line: Line) => line.lot }] : []),
    { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
    ...(editable
      ? [
          {
            title: 'inventory.now' as const,
            numeric: true,
            cell: (line: Line) => (
              <Input
                className="num"
                style={{ width: 96 }}
                inputMode="decimal"
                aria-label={`${t('problem.line', { line: line.line })} ${t('inventory.now')}`}
                value={plain(chosen[line.line] ?? '0').replaceAll(',', '') || chosen[line.line]}
                onFocus={(event) => event.target.select()}
                onChange={(event) => {
                  const next = { ...chosen, [line.line]: event.target.value };
                  if (scanned) setScanned(next);
                  else setQuantities(next);
                }}
              />
            ),
          },
        ]
      : [
          { title: 'f.cost' as const, numeric: true, inside: true, cell: (line: Line) => <Money value={line.cost} /> },
          { title: 'f.amount_gross' as const, numeric: true, inside: true, cell: (line: Line) => <Money value={line.amount_gross} /> },
        ]),
    { title: 'f.picked', numeric: true, inside: true, cell: (line) => <Quantity value={line.picked} /> },
  ];

  return (
    <div className="page on-paper">
      <DocumentHead kind="nav.inventory.deliveries" number={delivery.number} status={status} paper="print.delivery">
        {mayPick && (
          <Button type={mayShip ? 'default' : 'primary'} loading={pick.busy} disabled={lines.length === 0} onClick={() => void pick.run({ lines })}>
            {t('inventory.pick')}
          </Button>
        )}
        {mayShip && (
          <Button
            type="primary"
            loading={ship.busy}
            disabled={lines.length === 0}
            onClick={() => void ship.run({ lines, carrier, tracking_number: tracking })}
          >
            {t('inventory.ship')}
          </Button>
        )}
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Steps way={WAY} now={status} />
        <Facts
          facts={[
            { title: 'f.order', value: <Link to={`/sales/orders/${delivery.order}`}>{delivery.order_number}</Link> },
            { title: 'f.customer', value: <Named kind="customers" code={delivery.customer} /> },
            { title: 'f.warehouse', value: <Named kind="warehouses" code={delivery.warehouse} /> },
            { title: 'f.business_date', value: delivery.business_date },
            { title: 'f.carrier', value: delivery.carrier },
            { title: 'f.tracking_number', value: delivery.tracking_number },
            { title: 'f.recorded_at', value: <Moment value={delivery.recorded_at} /> },
          ]}
        />
      </Panel>
      {editable && (
        <Panel inside title="inventory.shipping">
          <div className="form">
            <ScanField kind="items" onScan={onScan} />
            {mayShip && (
              <>
                <Field title="f.carrier" problem={ship.problem} pointer="/carrier">
                  {(id) => <Input id={id} value={carrier} onChange={(event) => setCarrier(event.target.value)} />}
                </Field>
                <Field title="f.tracking_number" problem={ship.problem} pointer="/tracking_number">
                  {(id) => <Input id={id} value={tracking} onChange={(event) => setTracking(event.target.value)} />}
                </Field>
              </>
            )}
          </div>
        </Panel>
      )}
      <Panel title="doc.lines">
        <Lines rows={delivery.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
      <PaperFoot />
      {status === 'shipped' && <Vouchers source={delivery.shipment ?? delivery.number} />}
    </div>
  );
}

export default function DeliveryPage(): ReactNode {
  return (
    <One
      permission="inventory.delivery.read"
      queryKey={['inventory', 'deliveries']}
      load={(delivery) => ask(api.GET('/api/v1/inventory/deliveries/{delivery}', { params: { path: { delivery } } }))}
    >
      {(delivery) => <Body delivery={delivery} />}
    </One>
  );
}
