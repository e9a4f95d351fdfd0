import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useEffect, useRef, type ClipboardEvent, type KeyboardEvent, type ReactNode } from 'react';

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

/** Lines entered as in a spreadsheet, without the mouse: Enter and Tab move on, after the last cell a new line begins. */
export function EntryGrid(props: Props): ReactNode {
  const { company, columns, lines, onChange, onSubmit, problem, sent = [], list = 'lines' } = props;
  const { t } = useWords();
  const { message } = App.useApp();
  const client = useQueryClient();
  const body = useRef<HTMLTableSectionElement>(null);
  const focusNext = useRef<string | null>(null);
  const open = columns.filter((column) => column.kind !== 'shown');

  const focus = (cell: string): boolean => {
    const field = body.current?.querySelector<HTMLInputElement>(`[data-cell="${cell}"]`);
    field?.focus();
    return field !== null && field !== undefined;
  };
  useEffect(() => {
    if (focusNext.current && focus(focusNext.current)) focusNext.current = null;
  });

  const set = (key: string, name: string, value: string, entry?: Entry | null): void =>
    onChange((now) =>
      now.map((line) =>
        line.key === key
          ? { ...line, values: { ...line.values, [name]: value }, entry: entry === undefined ? line.entry : entry }
          : line,
      ),
    );

  const next = (row: number, column: number): void => {
    if (column + 1 < open.length) {
      focus(`${row}.${column + 1}`);
    } else if (row + 1 < lines.length) {
      focus(`${row + 1}.0`);
    } else {
      focusNext.current = `${row + 1}.0`;
      onChange((now) => [...now, emptyLine()]);
    }
  };

  const remove = (key: string, row: number): void => {
    focusNext.current = `${Math.max(0, row - 1)}.0`;
    onChange((now) => {
      const left = now.filter((line) => line.key !== key);
      return left.length > 0 ? left : [emptyLine()];
    });
  };

  const onKey = (event: KeyboardEvent<HTMLInputElement>, line: EntryLine, row: number, column: number): void => {
    if (event.nativeEvent.isComposing) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.key === 'Enter') {
      event.preventDefault();
      if (command) onSubmit();
      else next(row, column);
    } else if (command && (event.key === 'Delete' || event.key === 'Backspace')) {
      event.preventDefault();
      remove(line.key, row);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      focus(`${row + (event.key === 'ArrowDown' ? 1 : -1)}.${column}`);
    } else if (event.key === 'Tab' && !event.shiftKey && column === open.length - 1 && row === lines.length - 1) {
      // on an empty last line Tab leaves the grid
      if (isEmptyLine(line)) return;
      event.preventDefault();
      next(row, column);
    }
  };

  const onPaste = async (event: ClipboardEvent<HTMLInputElement>, row: number, column: number): Promise<void> => {
    const cells = cellsOf(event.clipboardData.getData('text/plain'));
    if (cells.length === 0 || (cells.length === 1 && (cells[0]?.length ?? 0) < 2)) return;
    event.preventDefault();
    let unknown = 0;
    const pasted = await Promise.all(
      cells.map(async (texts) => {
        const values: Record<string, string> = {};
        let entry: Entry | null = null;
        for (const [offset, text] of texts.entries()) {
          const target = open[column + offset];
          if (!target) break;
          if (target.kind === 'lookup' && target.of) {
            entry = await resolve(client, target.of, company, text);
            values[target.name] = entry?.code ?? text;
            if (!entry) unknown += 1;
          } else values[target.name] = target.kind === 'decimal' ? numberOf(text) : target.kind === 'date' ? dayOf(text) : text;
        }
        return { values, entry };
      }),
    );
    onChange((now) => {
      const out = [...now];
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
              <tr key={line.key}>
                <td className="line-no">{row + 1}</td>
                {columns.map((column) => {
                  if (column.kind === 'shown') {
                    return (
                      <td key={column.name} className="fixed">
                        {column.show?.(line)}
                      </td>
                    );
                  }
                  const at = open.indexOf(column);
                  const said = problem?.at(`/${list}/${sent.indexOf(line.key)}/${column.name}`);
                  const value = line.values[column.name] ?? '';
                  const missing = column.kind === 'lookup' && value !== '' && line.entry?.code !== value;
                  const name = `${t('problem.line', { line: row + 1 })} ${t(column.title)}`;
                  const common = {
                    'data-cell': `${row}.${at}`,
                    'aria-invalid': Boolean(said) || missing,
                    onPaste: (event: ClipboardEvent<HTMLInputElement>) => void onPaste(event, row, at),
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
                            onChange={(code, entry) => set(line.key, column.name, code, entry)}
                            onEnter={() => next(row, at)}
                            onKey={(event) => onKey(event, line, row, at)}
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
                          onChange={(event) => set(line.key, column.name, event.target.value)}
                          onBlur={(event) => {
                            const typed = event.target.value;
                            const meant =
                              column.kind === 'decimal' ? numberOf(typed) : column.kind === 'date' ? dayOf(typed) : typed;
                            if (typed !== meant) set(line.key, column.name, meant);
                          }}
                          onKeyDown={(event) => onKey(event, line, row, at)}
                        />
                      )}
                      {said && <span className="cell-note field-error">{said}</span>}
                    </td>
                  );
                })}
                <td className="tools">
                  <Button
                    type="text"
                    size="small"
                    tabIndex={-1}
                    icon={<DeleteOutlined />}
                    aria-label={`${t('do.removeLine')} ${row + 1}`}
                    onClick={() => remove(line.key, row)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="entry-tools">
        <Button
          icon={<PlusOutlined />}
          onClick={() => {
            focusNext.current = `${lines.length}.0`;
            onChange((now) => [...now, emptyLine()]);
          }}
        >
          {t('do.addLine')}
        </Button>
        {props.tools}
      </div>
    </>
  );
}
