/** Rows as a workbook. Texts are texts there, so none is taken for a formula; numbers that a double keeps exactly are numbers. */

const EXACT = /^-?(0|[1-9]\d{0,11})(\.\d{1,6})?$/;
const DIGITS_MAX = 15;

export type Cell = { value: number; type: NumberConstructor; format?: string } | { value: string; type: StringConstructor; fontWeight?: 'bold' } | null;

export function cellOf(text: string, numeric: boolean): Cell {
  if (text === '') return null;
  if (numeric && EXACT.test(text) && text.replaceAll(/[-.]/g, '').length <= DIGITS_MAX) {
    const places = text.split('.')[1]?.length ?? 0;
    return { value: Number(text), type: Number, format: places > 0 ? `#,##0.${'0'.repeat(places)}` : '#,##0' };
  }
  return { value: text, type: String };
}

/** The workbook is written by a library that is loaded when it is first wanted; in one go, as the page's policy allows no workers. */
export async function workbook(head: readonly string[], rows: readonly (readonly string[])[], numeric: readonly boolean[]): Promise<Blob> {
  const { default: write } = await import('write-excel-file/universal');
  const cells: Cell[][] = [
    head.map((title): Cell => ({ value: title, type: String, fontWeight: 'bold' })),
    ...rows.map((row) => row.map((text, column) => cellOf(text, numeric[column] ?? false))),
  ];
  return write(cells).toBlob();
}
