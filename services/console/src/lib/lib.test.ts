import { describe, expect, it } from 'vitest';

import { csvText } from './csv';
import { cellOf, workbook } from './xlsx';
import { dayOf, monthStart, today } from './dates';
import { uuid } from './ids';

// The test's browser has blobs without arrayBuffer().
function bytesOf(blob: Blob): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'));
    reader.readAsArrayBuffer(blob);
  });
}

describe('days as they are typed', () => {
  const now = new Date(2026, 4, 6);

  it.each([
    ['2026-12-01', '2026-12-01'],
    ['20261201', '2026-12-01'],
    ['1201', '2026-12-01'],
    ['12/1', '2026-12-01'],
    ['2026年12月1日', '2026-12-01'],
    ['２０２６１２０１', '2026-12-01'],
  ])('reads %s', (typed, meant) => {
    expect(dayOf(typed, now)).toBe(meant);
  });

  it('leaves what is no day as it is, for the service to refuse', () => {
    expect(dayOf('20261301', now)).toBe('20261301');
    expect(dayOf('tomorrow', now)).toBe('tomorrow');
  });

  it('counts months back over the turn of the year', () => {
    expect(monthStart(6, now)).toBe('2025-11-01');
    expect(today(now)).toBe('2026-05-06');
  });
});

describe('exported files', () => {
  it('open in a spreadsheet as they are meant', () => {
    const text = csvText([['单号', 'Amount'], ['a "b", c', '-12.50'], ['=1+1', '@x']]);

    expect(text).toBe("\uFEFF单号,Amount\r\n\"a \"\"b\"\", c\",-12.50\r\n'=1+1,'@x\r\n");
  });
});

describe('keys', () => {
  it('are different each time', () => {
    expect(new Set(Array.from({ length: 100 }, uuid)).size).toBe(100);
  });
});

describe('a workbook', () => {
  it('has numbers where a double keeps them, and texts that are no formulas', () => {
    expect(cellOf('12.50', true)).toEqual({ value: 12.5, type: Number, format: '#,##0.00' });
    expect(cellOf('123456789012.123456', true)).toEqual({ value: '123456789012.123456', type: String });
    expect(cellOf('000123', false)).toEqual({ value: '000123', type: String });
    expect(cellOf('=1+1', true)).toEqual({ value: '=1+1', type: String });
    expect(cellOf('', false)).toBeNull();
  });

  it('is one that a spreadsheet opens', async () => {
    const made = await workbook(['单号', 'Amount'], [['=HYPERLINK("x")', '1234.50']], [false, true]);
    const bytes = new Uint8Array(await bytesOf(made));

    expect([...bytes.slice(0, 2)]).toEqual([0x50, 0x4b]);
    expect(bytes.length).toBeGreaterThan(1_000);
  });
});
