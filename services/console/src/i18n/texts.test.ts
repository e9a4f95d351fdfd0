import { describe, expect, it } from 'vitest';

import { texts } from '.';

const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1] ?? '').sort();

describe('texts', () => {
  it.each(Object.entries(texts))('%s stands in both languages', (_, [zh, en]) => {
    expect(zh.trim()).not.toBe('');
    expect(en.trim()).not.toBe('');
    expect(holes(zh)).toEqual(holes(en));
  });

  it('have each key once: of two the later would hide the other', () => {
    const files = import.meta.glob<Record<string, unknown>>(['./*.ts', '!./index.ts', '!./texts.test.ts'], { eager: true });
    const keys = Object.values(files).flatMap((file) => Object.values(file)).flatMap((part) => Object.keys(part as object));

    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
    expect(keys.length).toBe(Object.keys(texts).length);
  });

  it('are Chinese on the left and not on the right', () => {
    const spoken = Object.entries(texts).filter(([key]) => !key.startsWith('shell.language'));

    expect(spoken.filter(([, [zh]]) => !/[\u4e00-\u9fff]/.test(zh)).map(([key]) => key)).toEqual([]);
    expect(spoken.filter(([, [, en]]) => /[\u4e00-\u9fff]/.test(en)).map(([key]) => key)).toEqual([]);
  });
});
