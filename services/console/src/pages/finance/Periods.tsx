import type { ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { Actor } from '../../parts/Actor';
import { Asking } from '../../parts/document/Asking';
import { textOf } from '../../parts/entry/Fields';
import { ListPage } from '../../parts/list/ListPage';
import { link, moment, money, status, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { useWords } from '../../i18n';

type Row = Schemas['finance_PeriodView'];

function Close({ row }: { row: Row }): ReactNode {
  const { t } = useWords();
  return (
    <Asking
      small
      grave
      title="period.close"
      permission="finance.period.close"
      when={row.status === 'open'}
      number={row.period}
      fields={[]}
      note={<p className="panel-body">{t('period.closeNote')}</p>}
      concerns={[['finance']]}
      send={(_, { 'Idempotency-Key': key }) =>
        ask(api.POST('/api/v1/finance/periods/{period}/close', {
          params: { path: { period: row.period }, header: { 'Idempotency-Key': key } }, body: { company: row.company },
        }))
      }
    />
  );
}

/** Only the last one that was closed can be: the service says so for the others. */
function Reopen({ row }: { row: Row }): ReactNode {
  const { t } = useWords();
  return (
    <Asking
      small
      grave
      title="period.reopen"
      permission="finance.period.reopen"
      when={row.status === 'closed'}
      number={row.period}
      fields={[{ name: 'reason', title: 'f.reason', kind: 'long', need: true }]}
      note={<p className="panel-body">{t('period.reopenNote')}</p>}
      concerns={[['finance']]}
      send={(values, { 'Idempotency-Key': key }) =>
        ask(api.POST('/api/v1/finance/periods/{period}/reopen', {
          params: { path: { period: row.period }, header: { 'Idempotency-Key': key } },
          body: { company: row.company, reason: textOf(values, 'reason') },
        }))
      }
    />
  );
}

const spec: ListSpec<Row> = {
  id: 'periods',
  title: 'nav.finance.periods',
  permission: 'finance.period.read',
  queryKey: ['finance', 'periods'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/finance/periods', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => `${row.company}/${row.period}`,
  byCompany: true,
  filters: [{ name: 'status', title: 'f.status', kind: 'choice', values: ['open', 'closed'], of: 'period' }],
  columns: [
    link('period', 'f.period', (row) => row.period, (row) => `/finance/trial-balance?period=${row.period}`),
    status((row) => row.status, { of: 'period' }),
    text('starts_on', 'f.starts_on', (row) => row.starts_on),
    text('ends_on', 'f.ends_on', (row) => row.ends_on),
    text('sealed_vouchers', 'f.sealed_vouchers', (row) => (row.sealed_vouchers === null ? '' : String(row.sealed_vouchers)), { numeric: true }),
    money('sealed_debit', 'f.sealed_debit', (row) => row.sealed_debit),
    moment('closed_at', 'f.closed_at', (row) => row.closed_at),
    { key: 'closed_by', title: 'f.closed_by', cell: (row) => <Actor subject={row.closed_by} />, text: (row) => row.closed_by ?? '' },
    text('sealed_hash', 'f.sealed_hash', (row) => row.sealed_hash, { extra: true }),
    { key: 'close', title: 'period.close', cell: (row) => <><Close row={row} /><Reopen row={row} /></>, text: () => '' },
  ],
};

export default function Periods(): ReactNode {
  return <ListPage spec={spec} />;
}
