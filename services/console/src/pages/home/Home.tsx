import type { ReactNode } from 'react';

import { useCompany } from '../../api/company';
import { useMay, useRightsQuery } from '../../api/rights';
import { useWords } from '../../i18n';
import { Bookkeeping, Operating } from './finance';
import { Buying, Keeping, Selling } from './trade';

export default function Home(): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const { data } = useRightsQuery();
  const company = useCompany()?.code ?? '';
  const places = useCompany();
  if (!places) {
    return (
      <div className="page">
        <p className="quiet">{t('home.noCompany')}</p>
      </div>
    );
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('home.hello', { name: data?.name ?? '' })}</h1>
      </div>
      <div className="cards">
        {may('sales.order.read') && <Selling company={company} />}
        {may('purchasing.order.read') && <Buying company={company} />}
        {may('inventory.delivery.read') && <Keeping company={company} />}
        {may('finance.bill.read') && <Bookkeeping company={company} />}
        {may('operations.read') && <Operating />}
      </div>
    </div>
  );
}
