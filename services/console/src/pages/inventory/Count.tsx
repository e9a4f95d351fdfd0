import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero, minus, percent, plain } from '../../lib/decimal';
import { useCommand } from '../../parts/command';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { numberOf } from '../../parts/entry/paste';
import { ProblemNote } from '../../parts/ProblemNote';
import { ScanField } from '../../parts/ScanField';
import { ItemName, Moment, Named, Quantity } from '../../parts/show';

type Count = Schemas['inventory_CountView'];
type Line = Count['lines'][number];

const CONCERNS = [['inventory'], ['finance']];

/** What was found in each place: typed, or counted up piece by piece with a scanner. Only what was typed is sent. */
function Recording({ count }: { count: Count }): ReactNode {
  const { t } = useWords();
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const record = useCommand<Schemas['inventory_RecordIn'], Count>(
    (body, header) => ask(api.POST('/api/v1/inventory/counts/{count}/record', { params: { path: { count: count.id }, header }, body })),
    { version: count.version, concerns: CONCERNS, done: t('count.record'), onDone: () => setTyped({}) },
  );
  const sent = count.lines.filter((line) => (typed[line.line] ?? '') !== '');
  const set = (line: number, quantity: string): void => setTyped((now) => ({ ...now, [line]: quantity }));
  const submit = (): void =>
    void record.run({
      lines: sent.map((line) => ({
        item: line.item, quantity: typed[line.line] ?? '0', ...(line.bin ? { bin: line.bin } : {}), ...(line.lot ? { lot: line.lot } : {}),
      })),
    });
  return (
    <Panel title="count.record">
      <ProblemNote problem={record.problem} shown={(pointer) => /^\/lines\/\d+\/quantity$/.test(pointer)} />
      <div className="form">
        <ScanField
          kind="items"
          onScan={(code) => {
            const line = count.lines.find((each) => each.item === code);
            if (line) set(line.line, minus(typed[line.line] || '0', '-1'));
            return line !== undefined;
          }}
        />
      </div>
      <ul className="shares">
        {count.lines.map((line) => {
          const said = record.problem?.at(`/lines/${sent.indexOf(line)}/quantity`);
          return (
            <li key={line.line}>
              <div className="share-item">
                <span className="quiet">{line.line}</span>
                <ItemName code={line.item} />
                <span className="quiet">{[line.bin, line.lot].filter(Boolean).join(' · ')}</span>
              </div>
              <div className="share-open quiet">
                {line.counted !== null && `${t('count.counted')} ${plain(line.counted) || '0'} ${line.unit}`}
              </div>
              <div className="share-cells">
                <label>
                  <span className="quiet">{t('count.found')}</span>
                  <Input
                    className="num"
                    inputMode="decimal"
                    status={said ? 'error' : ''}
                    aria-label={`${t('problem.line', { line: line.line })} ${t('count.found')}`}
                    value={typed[line.line] ?? ''}
                    onFocus={(event) => event.target.select()}
                    onChange={(event) => set(line.line, numberOf(event.target.value))}
                  />
                  {said && <span className="field-error">{said}</span>}
                </label>
              </div>
            </li>
          );
        })}
      </ul>
      <div className="submit-bar">
        <Button type="primary" loading={record.busy} disabled={sent.length === 0} onClick={submit}>
          {t('count.record')}
        </Button>
      </div>
    </Panel>
  );
}

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.lot', cell: (line) => line.lot },
  { title: 'count.book', numeric: true, cell: (line) => <Quantity value={line.book} unit={line.unit} /> },
  { title: 'count.expected', numeric: true, cell: (line) => <Quantity value={line.expected} /> },
  { title: 'count.counted', numeric: true, cell: (line) => <Quantity value={line.counted} /> },
  {
    title: 'finance.difference', numeric: true,
    cell: (line) =>
      line.difference === null || isZero(line.difference) ? (
        <Quantity value={line.difference} />
      ) : (
        <span className="tag tag-bad">{plain(line.difference)}</span>
      ),
  },
];

function Body({ count }: { count: Count }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { count: count.id };
  const common = { version: count.version, number: count.number, concerns: CONCERNS, onProblem: setProblem };
  const open = count.status === 'open';
  return (
    <div className="page">
      <DocumentHead kind="nav.inventory.counts" number={count.number} status={count.status} of="count">
        <Action {...common} grave title="count.cancel" permission="inventory.count.create" when={open}
          send={(header) => ask(api.POST('/api/v1/inventory/counts/{count}/cancel', { params: { path, header } }))} />
        <Action {...common} primary title="count.post" permission="inventory.count.post" when={open && count.counted === count.lines_total}
          send={(header) => ask(api.POST('/api/v1/inventory/counts/{count}/post', { params: { path, header }, body: null }))} />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.warehouse', value: <Named kind="warehouses" code={count.warehouse} /> },
            { title: 'count.counted', value: `${count.counted} / ${count.lines_total}` },
            { title: 'count.different', value: count.different },
            { title: 'count.errorRate', value: count.error_rate === null ? null : percent(count.error_rate) },
            { title: 'count.blind', value: count.blind ? t('state.yes') : null },
            { title: 'f.text', value: count.text },
            {
              title: 'nav.inventory.adjustments',
              value: count.adjustment && <Link to={`/inventory/adjustments/${count.adjustment}`}>{count.adjustment_number}</Link>,
            },
            { title: 'f.recorded_at', value: <Moment value={count.recorded_at} /> },
          ]}
        />
      </Panel>
      {open && may('inventory.count.record') && <Recording count={count} />}
      <Panel title="doc.lines">
        <Lines rows={count.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
      {count.adjustment_number && <Vouchers source={count.adjustment_number} />}
    </div>
  );
}

export default function CountPage(): ReactNode {
  return (
    <One
      permission="inventory.count.read"
      queryKey={['inventory', 'counts']}
      load={(count) => ask(api.GET('/api/v1/inventory/counts/{count}', { params: { path: { count } } }))}
    >
      {(count) => <Body count={count} />}
    </One>
  );
}
