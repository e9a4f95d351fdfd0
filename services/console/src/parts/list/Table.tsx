import { CaretDownOutlined, CaretUpOutlined } from '@ant-design/icons';
import { flexRender, getCoreRowModel, useReactTable, type ColumnDef } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Checkbox } from 'antd';
import { memo, useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';

import { useWords } from '../../i18n';
import type { Column } from './spec';

const ROW_HEIGHT = 32;

export interface TableProps<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  onOpen?: ((row: Row) => void) | undefined;
  sort?: string;
  onSort?: (name: string) => void;
  /** The end of what is loaded came into sight. */
  onEnd?: () => void;
  label: string;
  foot?: ReactNode;
  /** Rows may be chosen, to do something with all of them. */
  picks?: { chosen: ReadonlySet<string>; can: (row: Row) => boolean; onPick: (keys: readonly string[], on: boolean) => void } | undefined;
}

interface LineProps<Row> {
  row: Row;
  id: string;
  index: number;
  columns: readonly Column<Row>[];
  current: boolean;
  opens: boolean;
  onChoose: (index: number, row: Row) => void;
  /** Whether the row is chosen; null where it cannot be. Left out where rows are not chosen at all. */
  picked?: boolean | null | undefined;
  onPick?: ((keys: readonly string[], on: boolean) => void) | undefined;
}

function PlainLine<Row>({ row, id, index, columns, current, opens, onChoose, picked, onPick }: LineProps<Row>): ReactNode {
  const { t } = useWords();
  return (
    <tr
      className={`${opens ? 'opens' : ''} ${current ? 'current' : ''}`}
      aria-rowindex={index + 1}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('a, button, label, .picks')) return;
        if (window.getSelection()?.toString()) return;
        onChoose(index, row);
      }}
    >
      {onPick && (
        <td className="picks">
          <Checkbox
            aria-label={t('list.pick', { row: index + 1 })}
            disabled={picked === null}
            checked={picked ?? false}
            onChange={(event) => onPick([id], event.target.checked)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.key} className={column.numeric ? 'num' : undefined}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

/** Scrolling and the arrows leave the lines as they are: a line is drawn anew only when something of it changed. */
const Line = memo(PlainLine) as typeof PlainLine;

/** Rows that scroll by the ten thousand; arrows move, Enter opens. */
export function Table<Row>(props: TableProps<Row>): ReactNode {
  const { rows, columns, rowKey, onOpen, onEnd, picks } = props;
  const { t } = useWords();
  const scroller = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(-1);
  const definitions = useMemo<ColumnDef<Row>[]>(
    () =>
      columns.map((column) => ({
        id: column.key,
        header: () => t(column.title),
      })),
    [columns, t],
  );
  const table = useReactTable({
    data: rows as Row[],
    columns: definitions,
    getCoreRowModel: getCoreRowModel(),
    getRowId: rowKey,
  });
  const model = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: model.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    initialRect: { width: 1200, height: 800 },
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && model.length > 0 && last >= model.length - 8) onEnd();
  }, [last, model.length, onEnd]);

  const onChoose = useCallback(
    (index: number, row: Row): void => {
      setAt(index);
      onOpen?.(row);
    },
    [onOpen],
  );
  const onKey = (event: KeyboardEvent): void => {
    if (event.target !== scroller.current) return;
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      const next = Math.max(0, Math.min(model.length - 1, at + move));
      setAt(next);
      virtual.scrollToIndex(next);
    } else if (event.key === 'Enter' && onOpen) {
      const row = model[at];
      if (row) onOpen(row.original);
    }
  };

  const width = columns.length + (picks ? 1 : 0);
  const before = shown[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  return (
    <div
      ref={scroller}
      className="table-wrap"
      tabIndex={0}
      role="region"
      aria-label={props.label}
      onKeyDown={onKey}
      onFocus={(event) => {
        if (event.target === scroller.current && at < 0 && model.length > 0) setAt(0);
      }}
    >
      <table className="grid-table" aria-rowcount={model.length}>
        <thead>
          <tr>
            {picks && (
              <th className="picks">
                <Checkbox
                  aria-label={t('list.pickAll')}
                  checked={picks.chosen.size > 0 && rows.every((row) => !picks.can(row) || picks.chosen.has(rowKey(row)))}
                  onChange={(event) => picks.onPick(rows.filter(picks.can).map(rowKey), event.target.checked)}
                />
              </th>
            )}
            {table.getFlatHeaders().map((header) => {
              const column = columns.find((each) => each.key === header.id);
              const sorted = column?.sort && props.sort?.replace(/^-/, '') === column.sort;
              const down = props.sort?.startsWith('-') ?? false;
              return (
                <th
                  key={header.id}
                  className={column?.numeric ? 'num' : undefined}
                  aria-sort={sorted ? (down ? 'descending' : 'ascending') : undefined}
                >
                  {column?.sort && props.onSort ? (
                    <button
                      type="button"
                      className="sort"
                      aria-pressed={Boolean(sorted)}
                      title={t('list.sort', { name: t(column.title) })}
                      onClick={() => props.onSort?.(column.sort ?? '')}
                    >
                      {flexRender(header.column.columnDef.header, header.getContext())}
                      {sorted && (down ? <CaretDownOutlined /> : <CaretUpOutlined />)}
                    </button>
                  ) : (
                    flexRender(header.column.columnDef.header, header.getContext())
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr className="spacer" aria-hidden="true">
              <td colSpan={width} style={{ height: before }} />
            </tr>
          )}
          {shown.map((item) => {
            const row = model[item.index];
            if (!row) return null;
            return (
              <Line
                key={row.id}
                id={row.id}
                row={row.original}
                index={item.index}
                columns={columns}
                current={item.index === at}
                opens={onOpen !== undefined}
                onChoose={onChoose}
                picked={picks && (picks.can(row.original) ? picks.chosen.has(row.id) : null)}
                onPick={picks?.onPick}
              />
            );
          })}
          {after > 0 && (
            <tr className="spacer" aria-hidden="true">
              <td colSpan={width} style={{ height: after }} />
            </tr>
          )}
        </tbody>
        {props.foot}
      </table>
    </div>
  );
}
