/** Days as people type them: 2026-12-01, 20261201, 12-01, 1201, 1/12 of this year. */
export function dayOf(text: string, today = new Date()): string {
  const typed = text.normalize('NFKC').trim();
  if (/^\d{4}-\d{2}-\d{2}$/.test(typed)) return typed;
  const parts = typed.split(/[-/.年月日\s]+/).filter(Boolean);
  const digits = parts.length === 1 ? (parts[0] ?? '') : '';
  let found: [string, string, string] | null = null;
  const year = String(today.getFullYear());
  if (/^\d{8}$/.test(digits)) found = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)];
  else if (/^\d{4}$/.test(digits)) found = [year, digits.slice(0, 2), digits.slice(2)];
  else if (parts.length === 3) found = [parts[0] ?? '', parts[1] ?? '', parts[2] ?? ''];
  else if (parts.length === 2) found = [year, parts[0] ?? '', parts[1] ?? ''];
  if (!found) return typed;
  const [wholeYear, month, day] = [found[0], found[1].padStart(2, '0'), found[2].padStart(2, '0')];
  const made = new Date(Date.UTC(Number(wholeYear), Number(month) - 1, Number(day)));
  const exact = Number.isNaN(made.getTime()) ? '' : made.toISOString().slice(0, 10);
  return exact === `${wholeYear}-${month}-${day}` ? exact : typed;
}

/** Today, as the person's clock has it. */
export function today(now = new Date()): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** The first day of a month that is `back` months before. */
export function monthStart(back = 0, now = new Date()): string {
  return `${today(new Date(now.getFullYear(), now.getMonth() - back, 1)).slice(0, 7)}-01`;
}
