import { describe, expect, it } from 'vitest';

import { fit, found, type Entry } from './directory';
import { concerned, eventReader, type LiveEvent } from './live';
import { Problem } from './problem';
import { allows } from './rights';

const entry = (code: string, more: Partial<Entry> = {}): Entry => ({
  code, name: code, nameEn: '', barcode: '', initials: '', unit: 'PCS', price: null, taxCode: '', decimals: 0, active: true, ...more,
});

describe('type-ahead', () => {
  const bolt = entry('BOLT-M8', { name: '六角螺栓', initials: 'ljls', barcode: '6901234567892' });
  const nut = entry('NUT-M8', { name: '六角螺母', initials: 'ljlm' });
  const old = entry('BOLT-M8-OLD', { name: '旧螺栓', initials: 'jls', active: false });

  it('finds by code, name, initials of pinyin and barcode', () => {
    const codes = (text: string): string[] => found([nut, bolt, old], text).map((each) => each.code);

    expect(codes('bolt')).toEqual(['BOLT-M8']);
    expect(codes('六角')).toEqual(['BOLT-M8', 'NUT-M8']);
    expect(codes('ljlm')).toEqual(['NUT-M8']);
    expect(codes('6901234567892')).toEqual(['BOLT-M8']);
    expect(codes('xyz')).toEqual([]);
  });

  it('puts what is exact first', () => {
    expect(fit(bolt, 'bolt-m8')).toBeGreaterThan(fit(entry('BOLT-M80'), 'bolt-m8'));
  });
});

describe('rights', () => {
  it('cover what their patterns cover, and nothing beside', () => {
    const given = new Set(['sales.order.read', 'inventory.*', 'finance.bill.*']);

    expect(allows(given, 'sales.order.read')).toBe(true);
    expect(allows(given, 'sales.order.place')).toBe(false);
    expect(allows(given, 'inventory.delivery.ship')).toBe(true);
    expect(allows(given, 'finance.bill.accept')).toBe(true);
    expect(allows(given, 'finance.voucher.read')).toBe(false);
    expect(allows(new Set(['*']), 'anything.at.all')).toBe(true);
  });
});

describe('the event stream', () => {
  it('is read in whatever pieces it comes', () => {
    const events: LiveEvent[] = [];
    const take = eventReader((event) => events.push(event));
    const text = ': hello\r\n\r\nid: 7\r\nevent: sales.OrderPlaced\r\ndata: {"version":\r\ndata: 1}\r\n\r\ndata: no json\n\nid: 8\nevent: finance.VoucherPosted\ndata: {}\n\n';

    for (const letter of text) take(letter);

    expect(events).toEqual([
      { id: '7', topic: 'sales.OrderPlaced', data: { version: 1 } },
      { id: '8', topic: 'finance.VoucherPosted', data: {} },
    ]);
  });

  it('makes old what an event concerns, also where another service shows it', () => {
    expect(concerned('inventory.GoodsShipped')).toContainEqual(['sales', 'orders']);
    expect(concerned('finance.VoucherPosted')).toContainEqual(['case']);
    expect(concerned('inventory.AvailabilityChanged')).toEqual([
      ['inventory', 'stock'],
      ['inventory', 'reorder-rules'],
    ]);
  });
});

describe('problem documents', () => {
  const problem = new Problem(422, {
    code: 'validation', detail: 'no', errors: [
      { pointer: '/lines/1/quantity', code: 'above-zero', detail: 'must be above zero' },
      { pointer: '/lines', code: 'too-many', detail: 'too many' },
    ],
  });

  it('are shown at their fields, the rest above', () => {
    expect(problem.at('/lines/1/quantity')).toBe('must be above zero');
    expect(problem.besides((pointer) => pointer.endsWith('quantity')).map((each) => each.code)).toEqual(['too-many']);
  });

  it('say whether the same request may be sent again', () => {
    expect(problem.isPassing).toBe(false);
    expect(new Problem(503, {}).isPassing).toBe(true);
  });
});
