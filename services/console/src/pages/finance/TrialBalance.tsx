import { useQuery } from '@tanstack/react-query';
import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { useWords } from '../../i18n';
import { isZero } from '../../lib/decimal';
import { today } from '../../lib/dates';
import { Panel } from '../../parts/document/Document';
import { Money } from '../../parts/show';
import { Loaded } from '../../parts/states';

const SIDES = ['opening_debit', 'opening_credit', 'debit', 'credit', 'closing_debit', 'closing_credit'] as const;

function Report(): ReactNode {
  const { t, either } = useWords();
  const company = useCompanyCode();
  const interval = useInterval();
  const [params, setParams] = useSearchParams();
  const period = params.get('period') ?? today().slice(0, 7);
  const query = useQuery({
    queryKey: ['finance', 'trial-balance', company, period],
    queryFn: () => ask(api.GET('/api/v1/finance/reports/trial-balance', { params: { query: { company, period } } })),
    enabled: company !== '',
    refetchInterval: interval,
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.finance.trial')}</h1>
        <DatePicker
          picker="month"
          allowClear={false}
          aria-label={t('f.period')}
          value={dayjs(`${period}-01`)}
          onChange={(month) => month && setParams({ period: month.format('YYYY-MM') }, { replace: true })}
        />
      </div>
      <Panel>
        <Loaded query={query} rows={14}>
          {(report) => (
            <div className="scroll-x">
              <table className="grid-table report">
                <thead>
                  <tr>
                    <th rowSpan={2}>{t('f.account')}</th>
                    <th rowSpan={2}>{t('f.name')}</th>
                    <th colSpan={2} className="group">{t('report.opening')}</th>
                    <th colSpan={2} className="group">{t('report.movement')}</th>
                    <th colSpan={2} className="group">{t('report.closing')}</th>
                  </tr>
                  <tr>
                    {SIDES.map((side) => (
                      <th key={side} className="num">
                        {t(side.endsWith('debit') ? 'f.debit' : 'f.credit')}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {report.items.map((line) => (
                    <tr key={line.account}>
                      <td>
                        <Link to={`/finance/vouchers?account=${line.account}&period=${period}`}>{line.account}</Link>
                      </td>
                      <td>{either(line.name, line.name_en)}</td>
                      {SIDES.map((side) => (
                        <td key={side} className="num">
                          {isZero(line[side]) ? '' : <Money value={line[side]} />}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
                <tfoot>
                  <tr>
                    <td />
                    <td>{t('doc.total')}</td>
                    {SIDES.map((side) => (
                      <td key={side} className="num">
                        <Money value={report.totals[side]} />
                      </td>
                    ))}
                  </tr>
                </tfoot>
              </table>
            </div>
          )}
        </Loaded>
      </Panel>
    </div>
  );
}

export default function TrialBalance(): ReactNode {
  return (
    <Allowed permission="finance.report.read">
      <Report />
    </Allowed>
  );
}
