import type { ReactNode } from 'react';

import { useRightsQuery } from '../../api/rights';
import { useWords } from '../../i18n';

export default function Home(): ReactNode {
  const { t } = useWords();
  const { data } = useRightsQuery();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('home.hello', { name: data?.name ?? '' })}</h1>
      </div>
    </div>
  );
}
