import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { useWords } from '../../i18n';
import { today } from '../../lib/dates';
import { DateInput } from '../../parts/DateInput';
import { Panel } from '../../parts/document/Document';
import { Loaded } from '../../parts/states';
import { StatementTable } from './Statement';

function Report(): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const [params, setParams] = useSearchParams();
  const asOf = params.get('as_of') ?? today();
  const query = useQuery({
    queryKey: ['finance', 'balance-sheet', company, asOf],
    queryFn: () => ask(api.GET('/api/v1/finance/reports/balance-sheet', { params: { query: { company, as_of: asOf } } })),
    enabled: company !== '',
    refetchInterval: interval,
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.finance.balance')}</h1>
        <span style={{ width: 150 }}>
          <DateInput clear={false} label={t('f.as_of')} value={asOf} onChange={(day) => setParams({ as_of: day }, { replace: true })} />
        </span>
        {query.data && (
          <span className={`tag ${query.data.balanced ? 'tag-good' : 'tag-bad'}`}>
            {t(query.data.balanced ? 'report.balanced' : 'report.unbalanced')}
          </span>
        )}
      </div>
      <Panel>
        <Loaded query={query} rows={14}>
          {(report) => <StatementTable lines={report.items} />}
        </Loaded>
      </Panel>
    </div>
  );
}

export default function BalanceSheet(): ReactNode {
  return (
    <Allowed permission="finance.report.read">
      <Report />
    </Allowed>
  );
}
