import type { ReactNode } from 'react';

import { useWords } from '../i18n';
import type { EntryLine } from '../parts/entry/EntryGrid';

/** The name of the record that an entered line names. */
export function EntryName({ line }: { line: EntryLine }): ReactNode {
  const { either } = useWords();
  return line.entry ? either(line.entry.name, line.entry.nameEn) : null;
}
