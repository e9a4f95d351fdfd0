import { PrinterOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import dayjs from 'dayjs';
import type { ReactNode } from 'react';

import { useCompany } from '../../api/company';
import { useWords, type Key } from '../../i18n';

/** The head and foot that a document has on paper, and the button that prints it. */
export function PrintButton(): ReactNode {
  const { t } = useWords();
  return (
    <Button icon={<PrinterOutlined aria-hidden />} onClick={() => window.print()}>
      {t('print.print')}
    </Button>
  );
}

export function PaperHead({ title, number }: { title: Key; number: string }): ReactNode {
  const { t, either } = useWords();
  const company = useCompany();
  return (
    <header className="paper-head" aria-hidden="true">
      <span className="paper-company">{company ? either(company.name, company.nameEn) : ''}</span>
      <span className="paper-title">{t(title)}</span>
      <span className="paper-number">{number}</span>
    </header>
  );
}

export function PaperFoot(): ReactNode {
  const { t } = useWords();
  return (
    <footer className="paper-foot" aria-hidden="true">
      <span>{`${t('print.signature')} ______________________`}</span>
      <span>{`${t('print.date')} ${dayjs().format('YYYY-MM-DD HH:mm')}`}</span>
    </footer>
  );
}
