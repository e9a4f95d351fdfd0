import { describe, expect, it } from 'vitest';

import { placed } from './case/Graph';
import type { CaseNode } from './case/load';
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
