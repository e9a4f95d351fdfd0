import type { ReactNode } from 'react';

import { useWords } from '../../i18n';

export function DirectionTag({ direction }: { direction: string }): ReactNode {
  const { t } = useWords();
  return direction === 'received' ? (
    <span className="tag tag-good">{t('v.receipt')}</span>
  ) : (
    <span className="tag tag-info">{t('v.paid')}</span>
  );
}
