import { describe, expect, it } from 'vitest';

import { cellsOf, numberOf } from './paste';

describe('cells from a spreadsheet', () => {
  it('are read by tab and line, quotes and all', () => {
    expect(cellsOf('A\t1\t2.50\r\n"B ""x"""\t"two\nlines"\t3\r\n')).toEqual([
      ['A', '1', '2.50'],
      ['B "x"', 'two\nlines', '3'],
    ]);
  });

  it('leave empty lines out', () => {
    expect(cellsOf('A\t1\n\n\t\nB\t2')).toEqual([['A', '1'], ['B', '2']]);
  });

  it('give numbers as people write them', () => {
    expect(numberOf('¥1,234.50')).toBe('1234.50');
    expect(numberOf('１２．５')).toBe('12.5');
    expect(numberOf('−3')).toBe('-3');
  });
});
