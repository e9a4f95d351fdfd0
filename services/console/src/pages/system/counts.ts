/** What programs asked for, as bars. */

export interface Counts {
  calls: number;
  refused: number;
  limited: number;
  failed: number;
}

export interface Bar extends Counts {
  /** When it begins: `2026-05-06`, or an instant for an hour. */
  at: string;
  done: number;
}

/** Calls that were done: each of the others was refused, came too often or failed. */
export const doneOf = ({ calls, refused, limited, failed }: Counts): number => Math.max(0, calls - refused - limited - failed);

const NOTHING: Counts = { calls: 0, refused: 0, limited: 0, failed: 0 };
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The last `count` spans up to now, the oldest first; those without a call have nothing. Days and hours are those of UTC. */
function filled<Row extends Counts>(rows: readonly Row[], at: (row: Row) => number, span: number, count: number, now: number): (Counts & { from: number })[] {
  const known = new Map(rows.map((row) => [at(row), row]));
  const last = Math.floor(now / span) * span;
  return Array.from({ length: count }, (_, index) => {
    const from = last - (count - 1 - index) * span;
    const { calls, refused, limited, failed } = known.get(from) ?? NOTHING;
    return { from, calls, refused, limited, failed };
  });
}

export const byDay = (rows: readonly (Counts & { day: string })[], count: number, now = Date.now()): Bar[] =>
  filled(rows, (row) => Date.parse(`${row.day}T00:00:00Z`), DAY_MS, count, now)
    .map(({ from, ...counts }) => ({ ...counts, at: new Date(from).toISOString().slice(0, 10), done: doneOf(counts) }));

export const byHour = (rows: readonly (Counts & { hour: string })[], count: number, now = Date.now()): Bar[] =>
  filled(rows, (row) => Date.parse(row.hour), HOUR_MS, count, now)
    .map(({ from, ...counts }) => ({ ...counts, at: new Date(from).toISOString(), done: doneOf(counts) }));
