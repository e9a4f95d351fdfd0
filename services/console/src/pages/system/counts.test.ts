import { describe, expect, it } from 'vitest';

import { byDay, byHour, doneOf } from './counts';

const counts = { calls: 10, refused: 1, limited: 2, failed: 3 };

describe('usage', () => {
  it('shows what was done beside what was not', () => {
    expect(doneOf(counts)).toBe(4);
    expect(doneOf({ calls: 0, refused: 0, limited: 1, failed: 0 })).toBe(0);
  });

  it('has a bar for each of the last days, also where nothing was asked', () => {
    const now = Date.parse('2026-03-02T01:30:00Z');
    const bars = byDay([{ day: '2026-03-02', ...counts }, { day: '2026-02-28', ...counts, calls: 7 }, { day: '2026-01-01', ...counts }], 4, now);

    expect(bars.map((bar) => [bar.at, bar.calls, bar.done])).toEqual([
      ['2026-02-27', 0, 0], ['2026-02-28', 7, 1], ['2026-03-01', 0, 0], ['2026-03-02', 10, 4],
    ]);
  });

  it('has a bar for each of the last hours, whatever the zone in which an hour is told', () => {
    const now = Date.parse('2026-03-02T00:59:59Z');
    const bars = byHour([{ hour: '2026-03-02T08:00:00+08:00', ...counts }, { hour: '2026-03-01T23:00:00Z', ...counts, calls: 6 }], 3, now);

    expect(bars.map((bar) => [bar.at, bar.calls])).toEqual([
      ['2026-03-01T22:00:00.000Z', 0], ['2026-03-01T23:00:00.000Z', 6], ['2026-03-02T00:00:00.000Z', 10],
    ]);
  });
});
