import type { ReactNode } from 'react';

import { useWords } from '../i18n';

/** A word of the API in the person's language. */
export function WordCell({ word, of }: { word: string | null | undefined; of?: string | undefined }): ReactNode {
  const { value } = useWords();
  return <>{value(word, of)}</>;
}
