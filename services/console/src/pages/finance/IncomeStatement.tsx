import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { useWords } from '../../i18n';
import { monthStart, today } from '../../lib/dates';
import { Chart } from '../../parts/Chart';
import { DateInput } from '../../parts/DateInput';
import { Panel } from '../../parts/document/Document';
import { Loaded } from '../../parts/states';
import { StatementTable } from './Statement';

function Report(): ReactNode {
  const { t, either } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const [params, setParams] = useSearchParams();
  const from = params.get('from') ?? monthStart(2);
  const to = params.get('to') ?? today();
  const query = useQuery({
    queryKey: ['finance', 'income-statement', company, from, to],
    queryFn: () => ask(api.GET('/api/v1/finance/reports/income-statement', { params: { query: { company, from, to } } })),
    enabled: company !== '',
    refetchInterval: interval,
  });
  const change = (name: string, day: string): void => {
    setParams({ from, to, [name]: day }, { replace: true });
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.finance.income')}</h1>
        <span style={{ width: 150 }}>
          <DateInput clear={false} label={t('f.date_from')} value={from} onChange={(day) => change('from', day)} />
        </span>
        <span className="quiet">–</span>
        <span style={{ width: 150 }}>
          <DateInput clear={false} label={t('f.date_to')} value={to} onChange={(day) => change('to', day)} />
        </span>
      </div>
      <Loaded query={query} rows={14}>
        {(report) => (
          <div className="columns">
            <Panel>
              <StatementTable lines={report.items} />
            </Panel>
            <Panel>
              <Chart
                label={t('nav.finance.income')}
                names={report.items.filter((line) => line.level <= 1).map((line) => either(line.caption, line.caption_en))}
                series={[{ name: t('f.amount'), values: report.items.filter((line) => line.level <= 1).map((line) => Number(line.amount)) }]}
              />
            </Panel>
          </div>
        )}
      </Loaded>
    </div>
  );
}

export default function IncomeStatement(): ReactNode {
  return (
    <Allowed permission="finance.report.read">
      <Report />
    </Allowed>
  );
}
