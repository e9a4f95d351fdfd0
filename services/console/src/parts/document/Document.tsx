import type { ReactNode } from 'react';

import { useWords, type Key } from '../../i18n';
import { StatusTag } from '../show';
import { HistoryButton } from './Audit';
import { PaperHead, PrintButton } from './Print';

/** The head of a document: its number, where it stands, what may be done with it now. */
export function DocumentHead({
  kind,
  number,
  status,
  of,
  paper,
  children,
}: {
  kind: Key;
  number: string;
  status?: string | undefined;
  /** Whose word the status is. */
  of?: string;
  /** What it is called on paper, if it goes out. */
  paper?: Key;
  children?: ReactNode;
}): ReactNode {
  const { t } = useWords();
  return (
    <>
      {paper && <PaperHead title={paper} number={number} />}
    <div className="page-head">
      <h1>
        <span className="quiet">{t(kind)}</span> {number}
      </h1>
      <StatusTag status={status} of={of} />
      <div className="actions">
        <HistoryButton />
        {paper && <PrintButton />}
        {children}
      </div>
    </div>
    </>
  );
}

export function Panel({ title, extra, inside, children }: { title?: Key; extra?: ReactNode; inside?: boolean; children: ReactNode }): ReactNode {
  const { t } = useWords();
  return (
    <section className={inside ? 'panel off-paper' : 'panel'}>
      {title && (
        <h2>
          {t(title)}
          {extra && <span className="grow" />}
          {extra}
        </h2>
      )}
      {children}
    </section>
  );
}

export interface Fact {
  title: Key;
  value: ReactNode;
  big?: boolean;
}

/** Names and values; what has no value is left out. */
export function Facts({ facts }: { facts: readonly Fact[] }): ReactNode {
  const { t } = useWords();
  return (
    <dl className="facts">
      {facts
        .filter((fact) => fact.value !== null && fact.value !== undefined && fact.value !== '')
        .map((fact) => (
          <div key={fact.title}>
            <dt>{t(fact.title)}</dt>
            <dd className={fact.big ? 'big' : undefined}>{fact.value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** The way a document goes, and where it stands on it. */
export function Steps({ way, now, off = ['cancelled'], of }: { way: readonly string[]; now: string; off?: readonly string[]; of?: string }): ReactNode {
  const { value } = useWords();
  const at = way.indexOf(now);
  const left = at < 0;
  return (
    <ol className="steps">
      {way.map((step, index) => (
        <li
          key={step}
          className={!left && index < at ? 'done' : step === now ? 'now' : ''}
          aria-current={step === now ? 'step' : undefined}
        >
          {value(step, of)}
        </li>
      ))}
      {left && (
        <li className={`now ${off.includes(now) ? 'off' : ''}`} aria-current="step">
          {value(now, of)}
        </li>
      )}
    </ol>
  );
}

export interface LineColumn<Row> {
  title: Key;
  cell: (row: Row) => ReactNode;
  numeric?: boolean;
  foot?: ReactNode;
  /** Of no concern to whom the document is sent. */
  inside?: boolean;
}

const classOf = (column: { numeric?: boolean; inside?: boolean }): string =>
  [column.numeric ? 'num' : '', column.inside ? 'off-paper' : ''].join(' ').trim();

/** The lines of a document. */
export function Lines<Row>({
  rows,
  columns,
  rowKey,
}: {
  rows: readonly Row[];
  columns: readonly LineColumn<Row>[];
  rowKey: (row: Row) => string | number;
}): ReactNode {
  const { t } = useWords();
  return (
    <div className="scroll-x">
      <table className="grid-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} className={classOf(column)}>
                {t(column.title)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.title} className={classOf(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        {columns.some((column) => column.foot !== undefined) && (
          <tfoot>
            <tr>
              {columns.map((column) => (
                <td key={column.title} className={classOf(column)}>
                  {column.foot}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}
