import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { useWords, type Key } from '../../i18n';
import { compare, minus, plain } from '../../lib/decimal';
import { numberOf } from './paste';
import type { Problem } from '../../api/problem';
import { ItemName } from '../show';
import { ScanField } from '../ScanField';

export interface ShareLine {
  line: number;
  item: string;
  unit: string;
  /** What tells this line from another of the same item. */
  about?: string;
  /** What there is to take a share of. */
  open: string;
}

export interface ShareColumn {
  name: string;
  title: Key;
  /** What stands there at first. */
  first?: (line: ShareLine) => string;
  text?: boolean;
}

export type Shares = Readonly<Record<number, Readonly<Record<string, string>>>>;

/** Lines of another document, of each of which a quantity is taken: received, returned, billed. Made for a phone's width, too. */
export function useShares(lines: readonly ShareLine[], columns: readonly ShareColumn[]): {
  shares: Shares;
  set: (line: number, name: string, value: string) => void;
  scan: (item: string, name: string) => boolean;
} {
  const [typed, setTyped] = useState<Shares>({});
  const [scanning, setScanning] = useState(false);
  const shares: Record<number, Record<string, string>> = {};
  for (const line of lines) {
    shares[line.line] = {};
    for (const column of columns) {
      const first = scanning && !column.text ? '' : (column.first?.(line) ?? '');
      (shares[line.line] ?? {})[column.name] = typed[line.line]?.[column.name] ?? first;
    }
  }
  const set = (line: number, name: string, value: string): void =>
    setTyped((now) => ({ ...now, [line]: { ...now[line], [name]: value } }));
  return {
    shares,
    set,
    scan: (item, name) => {
      const line = lines.find((each) => each.item === item);
      if (!line) return false;
      const before = scanning ? (typed[line.line]?.[name] ?? '0') : '0';
      setScanning(true);
      set(line.line, name, minus(before || '0', '-1'));
      return true;
    },
  };
}

export function ShareForm({
  lines,
  columns,
  shares,
  set,
  scan,
  problem,
  sent = [],
}: {
  lines: readonly ShareLine[];
  columns: readonly ShareColumn[];
  shares: Shares;
  set: (line: number, name: string, value: string) => void;
  scan?: (item: string) => boolean;
  problem?: Problem | null;
  sent?: readonly number[];
}): ReactNode {
  const { t } = useWords();
  return (
    <>
      {scan && (
        <div className="form">
          <ScanField kind="items" onScan={scan} />
        </div>
      )}
      <ul className="shares">
        {lines.map((line) => (
          <li key={line.line}>
            <div className="share-item">
              <span className="quiet">{line.line}</span>
              <ItemName code={line.item} />
              {line.about && <span className="quiet">{line.about}</span>}
            </div>
            <div className="share-open quiet">
              {t('f.quantity_open')} {plain(line.open)} {line.unit}
              {columns[0]?.first && (
                <Button size="small" type="link" onClick={() => set(line.line, columns[0]?.name ?? '', line.open)}>
                  {t('state.all')}
                </Button>
              )}
            </div>
            <div className="share-cells">
              {columns.map((column) => {
                const value = shares[line.line]?.[column.name] ?? '';
                const said = problem?.at(`/lines/${sent.indexOf(line.line)}/${column.name}`);
                const over = !column.text && column === columns[0] && compare(value || '0', line.open) > 0;
                return (
                  <label key={column.name}>
                    <span className="quiet">{t(column.title)}</span>
                    <Input
                      className={column.text ? '' : 'num'}
                      inputMode={column.text ? 'text' : 'decimal'}
                      status={said ? 'error' : over ? 'warning' : ''}
                      aria-label={`${t('problem.line', { line: line.line })} ${t(column.title)}`}
                      value={value}
                      onFocus={(event) => event.target.select()}
                      onChange={(event) =>
                        set(line.line, column.name, column.text ? event.target.value : numberOf(event.target.value))
                      }
                    />
                    {said && <span className="field-error">{said}</span>}
                  </label>
                );
              })}
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}
