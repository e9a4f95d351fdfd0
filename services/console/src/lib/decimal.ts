/** Decimals are strings on the wire; here they are counted as scaled whole numbers, never as floats. */

const SCALE = 6;
const UNIT = 10n ** BigInt(SCALE);
const FORM = /^([+-]?)(\d{0,15})(?:\.(\d{0,12}))?$/;

/** A decimal times 10⁶; null for what is no decimal. */
export function scaled(text: string | null | undefined): bigint | null {
  const found = FORM.exec((text ?? '').replaceAll(/[,\s，]/g, ''));
  if (!found) return null;
  const [, sign, whole = '', part = ''] = found;
  if (whole === '' && part === '') return null;
  const fraction = (part + '0'.repeat(SCALE)).slice(0, SCALE);
  const value = BigInt(whole || '0') * UNIT + BigInt(fraction);
  return sign === '-' ? -value : value;
}

/** The plain text of a scaled number, without idle zeros beyond `places`. */
export function unscaled(value: bigint, places = 0): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(SCALE + 1, '0');
  const whole = digits.slice(0, -SCALE);
  let fraction = digits.slice(-SCALE);
  while (fraction.length > places && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

function divided(value: bigint, by: bigint): bigint {
  const half = by / 2n;
  return value >= 0n ? (value + half) / by : -((-value + half) / by);
}

/** quantity × price, rounded half up to the cent, as the services do it. */
export function lineAmount(quantity: string, price: string): string | null {
  const [left, right] = [scaled(quantity), scaled(price)];
  if (left === null || right === null) return null;
  return unscaled(divided(left * right, UNIT * UNIT / 100n) * (UNIT / 100n), 2);
}

/** A rate of an amount, rounded half up to the cent. */
export function taxOf(amount: string, rate: string): string {
  return lineAmount(amount, rate) ?? '0.00';
}

/** The sum of decimals; what is none counts as nothing. */
export function sum(values: Iterable<string | null | undefined>, places = 2): string {
  let total = 0n;
  for (const value of values) total += scaled(value) ?? 0n;
  return unscaled(total, places);
}

/** left − right. */
export function minus(left: string | null | undefined, right: string | null | undefined, places = 0): string {
  return unscaled((scaled(left) ?? 0n) - (scaled(right) ?? 0n), places);
}

/** −1, 0 or 1, as left is below, equal to or above right. */
export function compare(left: string | null | undefined, right: string | null | undefined): -1 | 0 | 1 {
  const difference = (scaled(left) ?? 0n) - (scaled(right) ?? 0n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export const isZero = (value: string | null | undefined): boolean => compare(value, '0') === 0;

function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const digits = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

/** An amount with two decimals and separated thousands. */
export function money(value: string | null | undefined): string {
  const number = scaled(value);
  return number === null ? '' : grouped(unscaled(divided(number, UNIT / 100n) * (UNIT / 100n), 2)).replace('-', '−');
}

/** A quantity or price without idle zeros. */
export function plain(value: string | null | undefined, places = 0): string {
  const number = scaled(value);
  return number === null ? '' : grouped(unscaled(number, places)).replace('-', '−');
}

/** A share of one, in percent: 0.02 is 2 %. */
export function percent(value: string): string {
  const number = scaled(value);
  return number === null ? '' : `${grouped(unscaled(number * 100n))} %`;
}
