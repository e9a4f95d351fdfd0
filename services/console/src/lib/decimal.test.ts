import { describe, expect, it } from 'vitest';

import { compare, lineAmount, minus, money, percent, plain, scaled, sum, taxOf } from './decimal';

describe('decimals', () => {
  it('rounds a line half up to the cent, as the services do', () => {
    expect(lineAmount('3', '0.335')).toBe('1.01');
    expect(lineAmount('-3', '0.335')).toBe('-1.01');
    expect(lineAmount('0.005', '1')).toBe('0.01');
    expect(lineAmount('150', '100.00')).toBe('15000.00');
    expect(taxOf('15000.00', '0.13')).toBe('1950.00');
  });

  it('never goes through a float', () => {
    expect(sum(['0.1', '0.2'])).toBe('0.30');
    expect(lineAmount('999999999999.999999', '1')).toBe('1000000000000.00');
    expect(sum(['123456789012345.01', '0.02'])).toBe('123456789012345.03');
  });

  it('says nothing of what is no number', () => {
    expect(scaled('1.2.3')).toBeNull();
    expect(scaled('')).toBeNull();
    expect(lineAmount('x', '1')).toBeNull();
    expect(money(null)).toBe('');
  });

  it('shows amounts with two decimals and quantities without idle zeros', () => {
    expect(money('1234567.5')).toBe('1,234,567.50');
    expect(money('-0.01')).toBe('−0.01');
    expect(plain('1000.500000')).toBe('1,000.5');
    expect(plain('10.000000', 2)).toBe('10.00');
    expect(percent('0.020000')).toBe('2 %');
  });

  it('compares and subtracts', () => {
    expect(compare('1.000000', '1')).toBe(0);
    expect(compare('-1', '0')).toBe(-1);
    expect(minus('1', '0.25')).toBe('0.75');
    expect(minus('1', '-1')).toBe('2');
  });
});
