import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useInterval } from '../../api/live';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { compare, isZero, minus, unscaled, scaled } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { Linked } from '../../parts/document/Linked';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { given, textOf, ticked } from '../../parts/entry/Fields';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity, YesNo } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { WordCell } from '../../parts/words';
import { linkedOfProduction } from './linked';

type Order = Schemas['production_OrderView'];
type Component = Order['components'][number];
type Operation = Order['operations'][number];

const CONCERNS = [['production'], ['inventory'], ['finance'], ['case']];
const WAY = ['planned', 'released', 'completed', 'closed'];

const components: LineColumn<Component>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.requested', numeric: true, cell: (line) => <Quantity value={line.requested} /> },
  { title: 'f.issued', numeric: true, cell: (line) => <Quantity value={line.issued} /> },
  { title: 'f.pending', numeric: true, cell: (line) => (isZero(line.pending) ? <Quantity value="0" /> : <span className="tag tag-warn"><Quantity value={line.pending} /></span>) },
  { title: 'f.warehouse', cell: (line) => <Named kind="warehouses" code={line.warehouse} /> },
  { title: 'f.operation', numeric: true, cell: (line) => line.operation },
  { title: 'f.backflush', cell: (line) => <YesNo value={line.backflush} /> },
];

const operations: LineColumn<Operation>[] = [
  { title: 'f.operation', cell: (line) => line.operation },
  { title: 'f.work_centre', cell: (line) => <Named kind="work_centres" code={line.work_centre} /> },
  { title: 'f.description', cell: (line) => line.description },
  { title: 'f.setup_hours', numeric: true, cell: (line) => <Quantity value={line.setup_hours} /> },
  { title: 'f.run_hours', numeric: true, cell: (line) => <Quantity value={line.run_hours} /> },
  { title: 'f.good', numeric: true, cell: (line) => <Quantity value={line.good} /> },
  { title: 'f.scrapped', numeric: true, cell: (line) => <Quantity value={line.scrapped} /> },
  { title: 'f.defective', numeric: true, cell: (line) => <Quantity value={line.defective} /> },
  { title: 'f.reworking', numeric: true, cell: (line) => <Quantity value={line.reworking} /> },
  { title: 'f.outside', numeric: true, cell: (line) => <Quantity value={line.outside} /> },
  { title: 'f.hours', numeric: true, cell: (line) => <Quantity value={line.hours} /> },
];

export const reportFields = (operationsOf: readonly { operation: number; work_centre: string }[]) =>
  [
    {
      name: 'operation', title: 'f.operation' as const, kind: 'choice' as const,
      options: operationsOf.map((each) => ({ value: String(each.operation), label: `${each.operation} ${each.work_centre}` })),
    },
    { name: 'good', title: 'f.good' as const, kind: 'decimal' as const },
    { name: 'scrapped', title: 'f.scrapped' as const, kind: 'decimal' as const },
    { name: 'defective', title: 'f.defective' as const, kind: 'decimal' as const },
    { name: 'hours', title: 'f.hours' as const, kind: 'decimal' as const },
    { name: 'defect', title: 'f.defect' as const, kind: 'text' as const },
    { name: 'reworked', title: 'f.reworked' as const, kind: 'tick' as const },
  ] as const;

export function reportBody(values: Readonly<Record<string, string | boolean | readonly string[]>>): Schemas['production_ReportIn'] {
  const { operation = '', ...rest } = values;
  return { ...given<Schemas['production_ReportIn']>(rest), ...(operation ? { operation: Number(operation) } : {}) };
}

function CostPanel({ order }: { order: Order }): ReactNode {
  const { t } = useWords();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['production', 'orders', 'cost-sheet', order.id],
    queryFn: () => ask(api.GET('/api/v1/production/orders/{ref}/cost-sheet', { params: { path: { ref: order.id } } })),
    refetchInterval: interval,
  });
  const elements = ['material', 'labour', 'overhead', 'subcontract', 'total'] as const;
  return (
    <Panel
      title="making.costs"
      extra={<Link to={`/production/cost?item=${encodeURIComponent(order.item)}`}>{t('nav.production.cost')}</Link>}
    >
      <Loaded query={query} rows={4}>
        {(sheet) => (
          <>
            <Lines
              rows={elements}
              rowKey={(element) => element}
              columns={[
                { title: 'f.element', cell: (element) => (element === 'total' ? <b>{t('f.total')}</b> : t(`f.${element}`)) },
                { title: 'making.came', numeric: true, cell: (element) => <Money value={sheet.came[element]} bold={element === 'total'} /> },
                { title: 'making.left', numeric: true, cell: (element) => <Money value={sheet.left[element]} bold={element === 'total'} /> },
                { title: 'making.inWork', numeric: true, cell: (element) => <Money value={sheet.in_work[element]} bold={element === 'total'} /> },
              ]}
            />
            {sheet.unit_cost !== null && (
              <div className="totals">
                <span>
                  {t('making.unitCost')} <b>{unscaled(scaled(sheet.unit_cost) ?? 0n, 2)}</b>
                </span>
              </div>
            )}
            {sheet.outputs.length > 0 && (
              <>
                <h3 className="panel-body">{t('making.outputs')}</h3>
                <Lines
                  rows={sheet.outputs}
                  rowKey={(output) => output.id}
                  columns={[
                    { title: 'f.number', cell: (output) => output.number },
                    { title: 'f.kind', cell: (output) => <WordCell word={output.kind} of="making" /> },
                    { title: 'f.status', cell: (output) => <WordCell word={output.status} of="making" /> },
                    { title: 'f.quantity', numeric: true, cell: (output) => <Quantity value={output.quantity} /> },
                    { title: 'f.cost', numeric: true, cell: (output) => <Money value={output.cost} /> },
                    { title: 'f.warehouse', cell: (output) => <Named kind="warehouses" code={output.warehouse} /> },
                    { title: 'f.lot', cell: (output) => output.lot },
                    { title: 'f.business_date', cell: (output) => output.business_date },
                  ]}
                />
              </>
            )}
            {sheet.entries.length > 0 && (
              <>
                <h3 className="panel-body">{t('making.costEntries')}</h3>
                <Lines
                  rows={sheet.entries.map((entry, index) => ({ ...entry, index }))}
                  rowKey={(entry) => entry.index}
                  columns={[
                    { title: 'f.kind', cell: (entry) => <WordCell word={entry.kind} of="making" /> },
                    { title: 'f.element', cell: (entry) => <WordCell word={entry.element} of="making" /> },
                    { title: 'f.item', cell: (entry) => <ItemName code={entry.item} /> },
                    { title: 'f.quantity', numeric: true, cell: (entry) => <Quantity value={entry.quantity} /> },
                    { title: 'f.amount', numeric: true, cell: (entry) => <Money value={entry.amount} /> },
                    { title: 'f.source', cell: (entry) => entry.number },
                    { title: 'f.recorded_at', cell: (entry) => <Moment value={entry.recorded_at} /> },
                  ]}
                />
              </>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}

function Body({ order }: { order: Order }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { ref: order.id };
  const common = { version: order.version, number: order.number, concerns: CONCERNS, onProblem: setProblem };
  const released = order.status === 'released';
  const asked = order.components.some((line) => !line.backflush && compare(line.quantity, line.requested) > 0);
  const ready = minus(order.quantity_good, order.quantity_completed);
  const made = { version: order.version, number: order.number, concerns: CONCERNS };
  return (
    <div className="page">
      <DocumentHead kind="nav.production.orders" number={order.number} status={order.status} of="making">
        <Action {...common} grave title="making.cancel" permission="production.order.cancel" when={['planned', 'released'].includes(order.status) && isZero(order.quantity_good)}
          send={(header) => ask(api.POST('/api/v1/production/orders/{ref}/cancel', { params: { path, header } }))} />
        <Action {...common} grave title="making.close" permission="production.order.close" when={released || order.status === 'completed'}
          send={(header) => ask(api.POST('/api/v1/production/orders/{ref}/close', { params: { path, header }, body: {} }))} />
        <Action {...common} title="making.issue" permission="production.order.issue" when={released && asked}
          send={({ 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/production/orders/{ref}/issue', { params: { path, header: { 'Idempotency-Key': key } }, body: {} }))
          } />
        <Asking
          {...made}
          title="making.report"
          permission="production.order.report"
          when={released && order.operations.some((each) => each.work_centre)}
          fields={reportFields(order.operations)}
          first={{ operation: String(order.operations.find((each) => compare(each.good, order.quantity) < 0)?.operation ?? '') }}
          send={(values, header) =>
            ask(api.POST('/api/v1/production/orders/{ref}/report', { params: { path, header }, body: reportBody(values) }))
          }
        />
        <Asking
          title="subcontract.send"
          permission="production.subcontract.send"
          number={order.number}
          concerns={CONCERNS}
          when={released && order.operations.some((each) => each.supplier)}
          fields={[
            {
              name: 'operation', title: 'f.operation', kind: 'choice',
              options: order.operations.filter((each) => each.supplier).map((each) => ({ value: String(each.operation), label: `${each.operation} ${each.supplier}` })),
            },
            { name: 'supplier', title: 'f.supplier', kind: 'lookup', of: 'suppliers' },
            { name: 'quantity', title: 'f.quantity', kind: 'decimal', need: true },
            { name: 'unit_price', title: 'f.unit_price', kind: 'decimal', need: true },
          ]}
          first={{ operation: String(order.operations.find((each) => each.supplier)?.operation ?? ''), quantity: order.quantity }}
          send={({ operation = '', ...values }, { 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/production/subcontracts', {
              params: { header: { 'Idempotency-Key': key } },
              body: { ...given<Schemas['production_SubcontractIn']>(values), order: order.id, ...(operation ? { operation: Number(operation) } : {}) },
            }))
          }
        />
        <Asking
          {...made}
          primary
          title="making.complete"
          permission="production.order.complete"
          when={released}
          first={{ quantity: isZero(ready) ? '' : ready, final: false }}
          fields={[
            { name: 'quantity', title: 'f.quantity', kind: 'decimal', need: true },
            { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
            { name: 'lot', title: 'f.lot', kind: 'text' },
            { name: 'final', title: 'f.final', kind: 'tick' },
          ]}
          send={(values, header) =>
            ask(api.POST('/api/v1/production/orders/{ref}/complete', {
              params: { path, header },
              body: {
                quantity: textOf(values, 'quantity'),
                final: ticked(values, 'final'),
                ...(textOf(values, 'warehouse') ? { warehouse: textOf(values, 'warehouse') } : {}),
                ...(textOf(values, 'lot') ? { lot: textOf(values, 'lot') } : {}),
              },
            }))
          }
        />
        <Action {...common} primary title="making.release" permission="production.order.release" when={order.status === 'planned'}
          send={(header) => ask(api.POST('/api/v1/production/orders/{ref}/release', { params: { path, header } }))} />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <div className="columns">
        <div>
          <Panel>
            <Steps way={WAY} now={order.status} of="making" />
            <Facts
              facts={[
                { title: 'f.item', value: <ItemName code={order.item} /> },
                { title: 'f.quantity', value: <Quantity value={order.quantity} unit={order.unit} /> },
                { title: 'f.warehouse', value: <Named kind="warehouses" code={order.warehouse} /> },
                { title: 'f.start_date', value: order.start_date },
                { title: 'f.due_date', value: order.due_date },
                { title: 'f.business_date', value: order.business_date },
                { title: 'f.recorded_at', value: <Moment value={order.recorded_at} /> },
              ]}
            />
          </Panel>
          <Panel title="making.components" extra={order.awaits_material && <span className="tag tag-warn">{t('making.awaits')}</span>}>
            <Lines rows={order.components} columns={components} rowKey={(line) => line.line} />
          </Panel>
          <Panel title="making.operations">
            <Lines rows={order.operations} columns={operations} rowKey={(line) => line.operation} />
          </Panel>
          <CostPanel order={order} />
          <Vouchers source={order.number} />
        </div>
        <div>
          <Panel title="doc.overview">
            <Facts
              facts={[
                { title: 'f.quantity_good', value: <Quantity value={order.quantity_good} unit={order.unit} /> },
                { title: 'f.quantity_scrapped', value: <Quantity value={order.quantity_scrapped} unit={order.unit} /> },
                { title: 'f.quantity_completed', value: <Quantity value={order.quantity_completed} unit={order.unit} /> },
              ]}
            />
          </Panel>
          <Linked queryKey={['production', 'orders', 'linked', order.id]} load={() => linkedOfProduction(order, may)} />
        </div>
      </div>
    </div>
  );
}

export default function ProductionOrderPage(): ReactNode {
  return (
    <One
      permission="production.order.read"
      queryKey={['production', 'orders']}
      load={(ref) => ask(api.GET('/api/v1/production/orders/{ref}', { params: { path: { ref } } }))}
    >
      {(order) => <Body order={order} />}
    </One>
  );
}
