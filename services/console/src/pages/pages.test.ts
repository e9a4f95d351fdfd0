import { describe, expect, it } from 'vitest';

import { placed } from './case/Graph';
import type { CaseNode } from './case/load';
import { changesOf } from '../parts/document/Audit';
import { rowsOf } from './production/Schedule';
import { riskOf } from './home/trade';

describe('orders at risk', () => {
  const day = '2026-05-06';

  it('are those that are late, or promised later than they were wished for', () => {
    const order = { status: 'processing' as const, requested_date: '2026-05-10', promised_date: '2026-05-09' };

    expect(riskOf(order, day)).toBeNull();
    expect(riskOf({ ...order, promised_date: '2026-05-11' }, day)).toBe('risk.laterThanWished');
    expect(riskOf({ ...order, promised_date: '2026-05-05' }, day)).toBe('risk.late');
    expect(riskOf({ ...order, promised_date: null }, day)).toBe('risk.noPromise');
    expect(riskOf({ ...order, status: 'pending', promised_date: null }, day)).toBeNull();
  });
});

describe('the graph of a case', () => {
  const node = (id: string, column: number): CaseNode => ({
    id, column, kind: 'nav.sales.orders', number: id, path: '/', status: '', at: '', amount: null, about: '', vouchers: 0,
  });

  it('stands from left to right, without overlaps and without empty columns', () => {
    const found = placed([node('order', 0), node('first', 1), node('second', 1), node('payment', 4)]);

    expect(new Set(found.map(({ x, y }) => `${x}/${y}`)).size).toBe(4);
    expect([...new Set(found.map(({ x }) => x))]).toEqual([0, 222, 444]);
  });
});

describe('a history', () => {
  it('tells what changed, and nothing else', () => {
    const changes = changesOf({ status: 'open', lines: [{ quantity: '1' }], number: 'SO-1' }, { status: 'closed', lines: [{ quantity: '2' }], number: 'SO-1' });

    expect(changes).toEqual([
      { name: 'status', before: 'open', after: 'closed' },
      { name: 'lines', before: '[{"quantity":"1"}]', after: '[{"quantity":"2"}]' },
    ]);
    expect(changesOf(null, { name: 'x' })).toEqual([{ name: 'name', before: '', after: 'x' }]);
    expect(changesOf({ name: 'x' }, { name: 'x' })).toEqual([]);
  });
});

describe('the schedule', () => {
  const bar = (work_centre: string, unit: number, start: string, end: string) => ({
    unit, setup_start: start, start, end, late: false, frozen: false, planned: null,
    job: { order: start, number: 'MO', item: 'X', operation: 10, work_centre, left: '1', waiting: '1', hours: '1', due_date: null },
  });

  it('shows the span asked for, a row for each unit of a work centre, and counts what is later', () => {
    const [from, until] = [Date.parse('2026-05-06T00:00:00Z'), Date.parse('2026-05-07T00:00:00Z')];
    const found = rowsOf(
      [
        bar('B', 0, '2026-05-06T08:00:00Z', '2026-05-06T09:00:00Z'),
        bar('A', 1, '2026-05-06T08:00:00Z', '2026-05-06T09:00:00Z'),
        bar('A', 0, '2026-05-06T08:00:00Z', '2026-05-08T09:00:00Z'),
        bar('A', 0, '2026-05-04T08:00:00Z', '2026-05-05T09:00:00Z'),
        bar('A', 0, '2026-05-09T08:00:00Z', '2026-05-09T09:00:00Z'),
      ],
      from, until,
    );

    expect(found.rows.map((row) => [row.centre, row.unit, row.bars.length])).toEqual([['A', 0, 1], ['A', 1, 1], ['B', 0, 1]]);
    expect(found.beyond).toBe(1);
  });
});
