/** Cells as a spreadsheet puts them on the clipboard: tabs between cells, line ends between rows, quotes around both. */

export function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index] ?? '';
    if (quoted) {
      if (letter === '"' && text[index + 1] === '"') {
        cell += '"';
        index += 1;
      } else if (letter === '"') quoted = false;
      else cell += letter;
    } else if (letter === '"' && cell === '') quoted = true;
    else if (letter === '\t') {
      row.push(cell.trim());
      cell = '';
    } else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && text[index + 1] === '\n') index += 1;
      rows.push([...row, cell.trim()]);
      row = [];
      cell = '';
    } else cell += letter;
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell.trim()]);
  return rows.filter((each) => each.some((one) => one !== ''));
}

/** A number as people write it: with separated thousands, full-width digits, a currency's sign. */
export function numberOf(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\s,'¥￥$€]/g, '')
    .replace('−', '-');
}
