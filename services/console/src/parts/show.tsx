/** How single values look, everywhere alike. */

import dayjs from 'dayjs';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { useCompanyCode } from '../api/company';
import { useEntry, type Kind } from '../api/directory';
import { useWords } from '../i18n';
import { isZero, money, plain } from '../lib/decimal';

type Tone = 'good' | 'warn' | 'bad' | 'info' | 'mute';

const TONES: Record<string, Tone> = {
  on_hold: 'warn', pending: 'info', processing: 'info', completed: 'good', closed: 'mute', cancelling: 'warn',
  cancelled: 'mute', draft: 'mute', submitted: 'warn', approved: 'info', partly_received: 'info', received: 'good',
  authorised: 'info', returned: 'good', open: 'info', ordered: 'good', released: 'info', picked: 'warn', shipped: 'good',
  posted: 'good', issued: 'good', matched: 'info', blocked: 'bad', settled: 'good', quarantine: 'warn', inspected: 'good',
  parked: 'bad', waiting: 'warn', dropped: 'mute', active: 'good', inactive: 'mute', in_transit: 'info',
  planned: 'mute', firmed: 'good', queued: 'warn', failed: 'bad', decided: 'good', sent: 'info', ended: 'mute', done: 'good', refused: 'bad', on: 'good', paused: 'warn', off: 'bad', delivered: 'good', withheld: 'warn', coming: 'mute', ready: 'info', running: 'good', outside: 'warn', partly_applied: 'warn', applied: 'good', not_sent: 'warn', low: 'warn',
};

export function StatusTag({ status, of }: { status: string | null | undefined; of?: string | undefined }): ReactNode {
  const { value } = useWords();
  if (!status) return null;
  return <span className={`tag tag-${TONES[status] ?? 'mute'}`}>{value(status, of)}</span>;
}

export const Money = ({ value, bold }: { value: string | null | undefined; bold?: boolean }): ReactNode =>
  bold ? <b className="num">{money(value)}</b> : <span className="num">{money(value)}</span>;

/** A quantity; nothing is shown as a dash, so that figures stand out. */
export function Quantity({ value, unit }: { value: string | null | undefined; unit?: string | undefined }): ReactNode {
  if (value === null || value === undefined) return null;
  return (
    <span className={isZero(value) ? 'num quiet' : 'num'}>
      {isZero(value) ? '–' : plain(value)}
      {unit && !isZero(value) ? <span className="quiet"> {unit}</span> : null}
    </span>
  );
}

export const time = (value: string | null | undefined): string =>
  value ? dayjs(value).format('YYYY-MM-DD HH:mm') : '';

export function Moment({ value }: { value: string | null | undefined }): ReactNode {
  if (!value) return null;
  return (
    <time dateTime={value} title={dayjs(value).format('YYYY-MM-DD HH:mm:ss.SSS')}>
      {time(value)}
    </time>
  );
}

/** A code with the name that belongs to it. */
export function Named({ kind, code, to }: { kind: Kind; code: string | null | undefined; to?: string }): ReactNode {
  const { either } = useWords();
  const entry = useEntry(kind, useCompanyCode(), code);
  if (!code) return null;
  const name = entry ? either(entry.name, entry.nameEn) : '';
  return (
    <span className="code-name" title={name ? `${code} ${name}` : code}>
      {to ? <Link to={to}>{code}</Link> : <span>{code}</span>}
      {name && name !== code && <span className="name">{name}</span>}
    </span>
  );
}

export const ItemName = ({ code }: { code: string | null | undefined }): ReactNode => (
  <Named kind="items" code={code} to={`/masterdata/items/${encodeURIComponent(code ?? '')}`} />
);

export function YesNo({ value }: { value: boolean | undefined }): ReactNode {
  const { t } = useWords();
  return <>{t(value ? 'state.yes' : 'state.no')}</>;
}
