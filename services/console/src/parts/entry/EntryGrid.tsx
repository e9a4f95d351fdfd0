import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { memo, useEffect, useMemo, useRef, type ClipboardEvent, type KeyboardEvent, type ReactNode } from 'react';

import { resolve, type Entry, type Kind } from '../../api/directory';
import type { Problem } from '../../api/problem';
import { useWords, type Key } from '../../i18n';
import { dayOf } from '../../lib/dates';
import { uuid } from '../../lib/ids';
import { Lookup } from '../Lookup';
import { cellsOf, numberOf } from './paste';

export interface EntryLine {
  key: string;
  values: Record<string, string>;
  /** What is known of the record that a lookup's cell names. */
  entry: Entry | null;
}

export interface EntryColumn {
  name: string;
  title: Key;
  kind: 'lookup' | 'decimal' | 'date' | 'text' | 'shown';
  of?: Kind;
  width?: number;
  /** What a cell that is not entered shows. */
  show?: (line: EntryLine) => ReactNode;
  /** A greyed value that holds while nothing is entered. */
  hint?: (line: EntryLine) => string;
}

export const emptyLine = (): EntryLine => ({ key: uuid(), values: {}, entry: null });

export const isEmptyLine = (line: EntryLine): boolean => Object.values(line.values).every((value) => !value);

interface Props {
  company: string;
  columns: readonly EntryColumn[];
  lines: readonly EntryLine[];
  onChange: (change: (lines: readonly EntryLine[]) => EntryLine[]) => void;
  onSubmit: () => void;
  problem?: Problem | null;
  /** The lines that were sent, in their order: where a refusal's pointer points. */
  sent?: readonly string[];
  /** The name of the lines in a refusal's pointer. */
  list?: string;
  label: string;
  tools?: ReactNode;
}

/** What a row asks of its grid; the same object for as long as the grid is there, so that a key in one row draws that row alone. */
interface Doing {
  set: (key: string, name: string, value: string, entry?: Entry | null) => void;
  next: (row: number, column: number) => void;
  remove: (key: string, row: number) => void;
  onKey: (event: KeyboardEvent<HTMLInputElement>, line: EntryLine, row: number, column: number) => void;
  onPaste: (event: ClipboardEvent<HTMLInputElement>, row: number, column: number) => void;
}

interface RowProps {
  company: string;
  columns: readonly EntryColumn[];
  line: EntryLine;
  row: number;
  problem: Problem | null;
  /** How the service calls this line in a refusal. */
  pointer: string;
  doing: Doing;
}

const Row = memo(function Row({ company, columns, line, row, problem, pointer, doing }: RowProps): ReactNode {
  const { t } = useWords();
  let open = -1;
  return (
    <tr>
      <td className="line-no">{row + 1}</td>
      {columns.map((column) => {
        if (column.kind === 'shown') {
          return (
            <td key={column.name} className="fixed">
              {column.show?.(line)}
            </td>
          );
        }
        open += 1;
        const at = open;
        const said = problem?.at(`${pointer}/${column.name}`);
        const value = line.values[column.name] ?? '';
        const missing = column.kind === 'lookup' && value !== '' && line.entry?.code !== value;
        const name = `${t('problem.line', { line: row + 1 })} ${t(column.title)}`;
        const common = {
          'data-cell': `${row}.${at}`,
          'aria-invalid': Boolean(said) || missing,
          onPaste: (event: ClipboardEvent<HTMLInputElement>) => doing.onPaste(event, row, at),
        };
        return (
          <td key={column.name} className={said ? 'bad' : missing ? 'missing' : ''} title={said}>
            {column.kind === 'lookup' && column.of ? (
              <>
                <Lookup
                  kind={column.of}
                  company={company}
                  className=""
                  label={name}
                  placeholder={row === 0 && value === '' ? t('entry.item') : ''}
                  value={value}
                  invalid={common['aria-invalid']}
                  cell={common['data-cell']}
                  onPaste={common.onPaste}
                  onChange={(code, entry) => doing.set(line.key, column.name, code, entry)}
                  onEnter={() => doing.next(row, at)}
                  onKey={(event) => doing.onKey(event, line, row, at)}
                />
                {missing && <span className="cell-note field-error">{t('entry.unknown', { text: value })}</span>}
              </>
            ) : (
              <input
                {...common}
                className={column.kind === 'decimal' ? 'num' : undefined}
                type="text"
                inputMode={column.kind === 'decimal' ? 'decimal' : undefined}
                autoComplete="off"
                aria-label={name}
                placeholder={column.hint?.(line) ?? (column.kind === 'date' ? 'YYYY-MM-DD' : undefined)}
                value={value}
                onFocus={(event) => event.target.select()}
                onChange={(event) => doing.set(line.key, column.name, event.target.value)}
                onBlur={(event) => {
                  const typed = event.target.value;
                  const meant = column.kind === 'decimal' ? numberOf(typed) : column.kind === 'date' ? dayOf(typed) : typed;
                  if (typed !== meant) doing.set(line.key, column.name, meant);
                }}
                onKeyDown={(event) => doing.onKey(event, line, row, at)}
              />
            )}
            {said && <span className="cell-note field-error">{said}</span>}
          </td>
        );
      })}
      <td className="tools">
        <button type="button" className="cell-tool" tabIndex={-1} aria-label={`${t('do.removeLine')} ${row + 1}`} onClick={() => doing.remove(line.key, row)}>
          <DeleteOutlined aria-hidden />
        </button>
      </td>
    </tr>
  );
});

/** Lines entered as in a spreadsheet, without the mouse: Enter and Tab move on, after the last cell a new line begins. */
export function EntryGrid(props: Props): ReactNode {
  const { company, columns, lines, problem, sent = [], list = 'lines' } = props;
  const { t } = useWords();
  const { message } = App.useApp();
  const client = useQueryClient();
  const body = useRef<HTMLTableSectionElement>(null);
  const focusNext = useRef<string | null>(null);
  const now = useRef(props);
  now.current = props;

  useEffect(() => {
    if (focusNext.current && focus(body.current, focusNext.current)) focusNext.current = null;
  });

  const doing = useMemo<Doing>(() => {
    const change = (made: (lines: readonly EntryLine[]) => EntryLine[]): void => now.current.onChange(made);
    const opened = (): EntryColumn[] => now.current.columns.filter((column) => column.kind !== 'shown');
    const set: Doing['set'] = (key, name, value, entry) =>
      change((before) =>
        before.map((line) =>
          line.key === key
            ? { ...line, values: { ...line.values, [name]: value }, entry: entry === undefined ? line.entry : entry }
            : line,
        ),
      );
    const next: Doing['next'] = (row, column) => {
      if (column + 1 < opened().length) {
        focus(body.current, `${row}.${column + 1}`);
      } else if (row + 1 < now.current.lines.length) {
        focus(body.current, `${row + 1}.0`);
      } else {
        focusNext.current = `${row + 1}.0`;
        change((before) => [...before, emptyLine()]);
      }
    };
    const remove: Doing['remove'] = (key, row) => {
      focusNext.current = `${Math.max(0, row - 1)}.0`;
      change((before) => {
        const left = before.filter((line) => line.key !== key);
        return left.length > 0 ? left : [emptyLine()];
      });
    };
    const onKey: Doing['onKey'] = (event, line, row, column) => {
      if (event.nativeEvent.isComposing) return;
      const command = event.ctrlKey || event.metaKey;
      if (event.key === 'Enter') {
        event.preventDefault();
        if (command) now.current.onSubmit();
        else next(row, column);
      } else if (command && (event.key === 'Delete' || event.key === 'Backspace')) {
        event.preventDefault();
        remove(line.key, row);
      } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        focus(body.current, `${row + (event.key === 'ArrowDown' ? 1 : -1)}.${column}`);
      } else if (event.key === 'Tab' && !event.shiftKey && column === opened().length - 1 && row === now.current.lines.length - 1) {
        // on an empty last line Tab leaves the grid
        if (isEmptyLine(line)) return;
        event.preventDefault();
        next(row, column);
      }
    };
    const paste = async (cells: readonly (readonly string[])[], row: number, column: number): Promise<void> => {
      const open = opened();
      let unknown = 0;
      const pasted = await Promise.all(
        cells.map(async (texts) => {
          const values: Record<string, string> = {};
          let entry: Entry | null = null;
          for (const [offset, text] of texts.entries()) {
            const target = open[column + offset];
            if (!target) break;
            if (target.kind === 'lookup' && target.of) {
              entry = await resolve(client, target.of, now.current.company, text);
              values[target.name] = entry?.code ?? text;
              if (!entry) unknown += 1;
            } else values[target.name] = target.kind === 'decimal' ? numberOf(text) : target.kind === 'date' ? dayOf(text) : text;
          }
          return { values, entry };
        }),
      );
      change((before) => {
        const out = [...before];
        pasted.forEach(({ values, entry }, index) => {
          const old = out[row + index] ?? emptyLine();
          out[row + index] = { ...old, values: { ...old.values, ...values }, entry: entry ?? old.entry };
        });
        if (!out.some(isEmptyLine)) out.push(emptyLine());
        return out;
      });
      focusNext.current = `${row + pasted.length}.0`;
      void message.info(t(unknown ? 'entry.pastedUnknown' : 'entry.pasted', { count: pasted.length, unknown }));
    };
    const onPaste: Doing['onPaste'] = (event, row, column) => {
      const cells = cellsOf(event.clipboardData.getData('text/plain'));
      if (cells.length === 0 || (cells.length === 1 && (cells[0]?.length ?? 0) < 2)) return;
      event.preventDefault();
      void paste(cells, row, column);
    };
    return { set, next, remove, onKey, onPaste };
  }, [client, message, t]);

  return (
    <>
      <div className="scroll-x">
        <table className="entry" aria-label={props.label}>
          <thead>
            <tr>
              <th>#</th>
              {columns.map((column) => (
                <th
                  key={column.name}
                  className={column.kind === 'decimal' ? 'num' : undefined}
                  style={column.width ? { width: column.width, minWidth: column.width } : undefined}
                >
                  {t(column.title)}
                </th>
              ))}
              <th aria-hidden="true" />
            </tr>
          </thead>
          <tbody ref={body}>
            {lines.map((line, row) => (
              <Row
                key={line.key}
                company={company}
                columns={columns}
                line={line}
                row={row}
                problem={problem ?? null}
                pointer={`/${list}/${sent.indexOf(line.key)}`}
                doing={doing}
              />
            ))}
          </tbody>
        </table>
      </div>
      <div className="entry-tools">
        <Button
          icon={<PlusOutlined />}
          onClick={() => {
            focusNext.current = `${lines.length}.0`;
            props.onChange((before) => [...before, emptyLine()]);
          }}
        >
          {t('do.addLine')}
        </Button>
        {props.tools}
      </div>
    </>
  );
}

function focus(body: HTMLElement | null, cell: string): boolean {
  const field = body?.querySelector<HTMLInputElement>(`[data-cell="${cell}"]`);
  field?.focus();
  return field !== null && field !== undefined;
}
