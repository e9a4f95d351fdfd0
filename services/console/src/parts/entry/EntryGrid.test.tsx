import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor, cleanup } from '@testing-library/react';
import { App } from 'antd';
import { useState, type ReactNode } from 'react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { atHand, type Entry } from '../../api/directory';
import { Problem } from '../../api/problem';
import '../../i18n';
import { EntryGrid, emptyLine, type EntryColumn, type EntryLine } from './EntryGrid';

const entry = (code: string, more: Partial<Entry> = {}): Entry => ({
  code, name: code, nameEn: '', barcode: '', initials: '', unit: 'PCS', price: '9.50', taxCode: '', decimals: 0, active: true, ...more,
});
const ENTRIES = [entry('A-1', { barcode: '690' }), entry('B-2', { initials: 'ls' })];
const COLUMNS: EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items' },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal' },
];

let lines: readonly EntryLine[] = [];

function Sheet({ onSubmit, problem }: { onSubmit: () => void; problem?: Problem }): ReactNode {
  const [now, setNow] = useState<EntryLine[]>(() => [emptyLine()]);
  lines = now;
  return (
    <EntryGrid
      company="E01" columns={COLUMNS} lines={now} onChange={(change) => setNow((before) => change(before))}
      onSubmit={onSubmit} problem={problem ?? null} sent={now.map((line) => line.key)} label="lines"
    />
  );
}

function shown(onSubmit = vi.fn(), problem?: Problem): void {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  client.setQueryData(atHand('items', 'E01').queryKey, {
    entries: ENTRIES, byCode: new Map(ENTRIES.map((each) => [each.code, each])), complete: true,
  });
  render(
    <QueryClientProvider client={client}>
      <App>
        <Sheet onSubmit={onSubmit} {...(problem ? { problem } : {})} />
      </App>
    </QueryClientProvider>,
  );
}

const cell = (at: string): HTMLInputElement => {
  const found = document.querySelector<HTMLInputElement>(`[data-cell="${at}"]`);
  if (!found) throw new Error(`no cell ${at}`);
  return found;
};
const type = (at: string, text: string): void => {
  cell(at).focus();
  fireEvent.change(cell(at), { target: { value: text } });
};

beforeAll(() => {
  window.matchMedia ??= ((query: string) => ({
    matches: false, media: query, onchange: null, addListener: vi.fn(), removeListener: vi.fn(),
    addEventListener: vi.fn(), removeEventListener: vi.fn(), dispatchEvent: vi.fn(),
  })) as unknown as typeof window.matchMedia;
});
afterEach(cleanup);

describe('the entry grid', () => {
  it('goes on by Enter, and begins a new line after the last cell', async () => {
    shown();

    type('0.0', 'a-1');
    fireEvent.keyDown(cell('0.0'), { key: 'Enter' });
    await waitFor(() => expect(document.activeElement).toBe(cell('0.1')));
    type('0.1', '5');
    fireEvent.keyDown(cell('0.1'), { key: 'Enter' });
    await waitFor(() => expect(document.activeElement).toBe(cell('1.0')));

    expect(lines[0]?.entry?.code).toBe('A-1');
    expect(lines[0]?.values).toEqual({ item: 'A-1', quantity: '5' });
  });

  it('takes a scanned barcode and the initials of a name', async () => {
    shown();

    type('0.0', '690');
    fireEvent.keyDown(cell('0.0'), { key: 'Enter' });
    await waitFor(() => expect(lines[0]?.values['item']).toBe('A-1'));
    type('0.0', 'ls');
    fireEvent.keyDown(cell('0.0'), { key: 'Enter' });

    await waitFor(() => expect(lines[0]?.values['item']).toBe('B-2'));
  });

  it('takes lines from a spreadsheet', async () => {
    shown();

    fireEvent.paste(cell('0.0'), { clipboardData: { getData: () => 'A-1\t1,000\nB-2\t2\nZZZ\t3' } });

    await waitFor(() => expect(lines).toHaveLength(4));
    expect(lines.map((line) => line.values['quantity'])).toEqual(['1000', '2', '3', undefined]);
    expect(lines.map((line) => line.entry?.code)).toEqual(['A-1', 'B-2', undefined, undefined]);
  });

  it('submits by Ctrl Enter and removes a line by Ctrl Delete', async () => {
    const onSubmit = vi.fn();
    shown(onSubmit);

    fireEvent.keyDown(cell('0.1'), { key: 'Enter', ctrlKey: true });
    type('0.1', '7');
    fireEvent.keyDown(cell('0.1'), { key: 'Delete', ctrlKey: true });

    expect(onSubmit).toHaveBeenCalledOnce();
    await waitFor(() => expect(lines[0]?.values).toEqual({}));
  });

  it('shows a refusal at its cell', () => {
    const detail = 'must be above zero';
    shown(vi.fn(), new Problem(422, { errors: [{ pointer: '/lines/0/quantity', code: 'above-zero', detail }] }));

    expect(cell('0.1').getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText(detail)).toBeTruthy();
  });
});
