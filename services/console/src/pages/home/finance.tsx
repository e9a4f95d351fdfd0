/** What bookkeepers and administrators have before them. */

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask } from '../../api/client';
import { useInterval } from '../../api/live';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero, money } from '../../lib/decimal';
import { Chart } from '../../parts/Chart';
import { Panel } from '../../parts/document/Document';
import { Loaded } from '../../parts/states';
import { Card } from './Card';

const FEW = '50';
const BUCKETS = ['not_due', 'days_1_30', 'days_31_60', 'days_61_90', 'over_90'] as const;

function Ageing({ company }: { company: string }): ReactNode {
  const { t } = useWords();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['finance', 'receivables', 'ageing', company],
    queryFn: () => ask(api.GET('/api/v1/finance/receivables/ageing', { params: { query: { company } } })),
    refetchInterval: interval,
  });
  return (
    <section className="panel">
      <h2>
        <Link to="/finance/receivables?settled=false">{t('home.ageing')}</Link>
      </h2>
      <Loaded query={query}>
        {(ageing) => {
          const most = [...ageing.items].sort((left, right) => Number(right.total) - Number(left.total)).slice(0, 8);
          return most.length === 0 ? (
            <p className="panel-body quiet">{t('home.noReceivables')}</p>
          ) : (
            <Chart
              label={t('home.ageing')}
              stacked
              height={250}
              names={most.map((each) => each.partner)}
              series={BUCKETS.map((bucket) => ({ name: t(`ageing.${bucket}`), values: most.map((each) => Number(each[bucket])) }))}
            />
          );
        }}
      </Loaded>
    </section>
  );
}

function ProofInShort({ company }: { company: string }): ReactNode {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['finance', 'proof', company],
    queryFn: () => ask(api.GET('/api/v1/finance/proof', { params: { query: { company } } })),
    refetchInterval: 5_000,
  });
  return (
    <section className="panel">
      <h2>
        <Link to="/finance/proof">{t('nav.finance.proof')}</Link>
      </h2>
      <Loaded query={query} rows={3}>
        {(answer) => {
          const proof = 'equalities' in answer ? answer : answer.items[0];
          const open = proof?.equalities.filter((each) => !isZero(each.difference)) ?? [];
          return (
            <p className="panel-body">
              <span className={`tag ${open.length === 0 ? 'tag-good' : open.some((each) => each.in_flight.length === 0) ? 'tag-bad' : 'tag-warn'}`}>
                {open.length === 0 ? t('home.proven', { count: proof?.equalities.length ?? 0 }) : t('home.unproven', { count: open.length })}
              </span>
            </p>
          );
        }}
      </Loaded>
    </section>
  );
}

export function Bookkeeping({ company }: { company: string }): ReactNode {
  const may = useMay();
  return (
    <>
      <Card
        title="home.blockedBills"
        all="/finance/bills?status=blocked"
        queryKey={['finance', 'bills', 'home', company]}
        good="home.noBlockedBills"
        load={async () => {
          const found = await ask(api.GET('/api/v1/finance/bills', { params: { query: { company, status: 'blocked', limit: FEW } } }));
          return {
            more: Boolean(found.next),
            rows: found.items.map((bill) => ({
              key: bill.id, path: `/finance/bills/${bill.id}`, number: bill.number,
              about: `${bill.supplier} · ${bill.supplier_number}`, mark: <span className="num">{money(bill.amount_gross)}</span>,
            })),
          };
        }}
      />
      {may('finance.payment.read') && (
        <Card
          title="home.unmatched"
          all="/finance/payments"
          queryKey={['finance', 'payments', 'home', company]}
          good="home.noneUnmatched"
          load={async () => {
            const found = await ask(api.GET('/api/v1/finance/payments', { params: { query: { company, limit: '200', sort: '-business_date' } } }));
            return {
              more: false,
              rows: found.items.filter((payment) => !isZero(payment.on_account)).map((payment) => ({
                key: payment.id, path: `/finance/payments/${payment.id}`, number: payment.number, about: payment.partner,
                mark: <span className="num">{money(payment.on_account)}</span>,
              })),
            };
          }}
        />
      )}
      {may('finance.proof.read') && <ProofInShort company={company} />}
      {may('finance.receivable.read') && <Ageing company={company} />}
    </>
  );
}

export function Operating(): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const status = useQuery({ queryKey: ['status'], queryFn: () => ask(api.GET('/api/v1/status')), refetchInterval: 10_000 });
  return (
    <>
      <Panel title="nav.system.health">
        <Loaded query={status} rows={2}>
          {(said) => (
            <p className="panel-body">
              <Link to="/system/health" className={`tag ${said.quiet ? 'tag-good' : 'tag-info'}`}>
                {t(said.quiet ? 'system.quiet' : 'system.busy')}
              </Link>
            </p>
          )}
        </Loaded>
      </Panel>
      {may('operations.parked.read') && (
        <Card
          title="nav.system.parked"
          all="/system/parked"
          queryKey={['parked', 'home']}
          good="system.noneParked"
          load={async () => {
            const found = await ask(api.GET('/api/v1/workflow/parked-messages', { params: { query: { status: 'parked', limit: '20' } } }));
            return {
              more: Boolean(found.next),
              rows: found.items.map((row) => ({
                key: row.service + row.event_id, path: `/system/parked/${row.service}/${row.event_id}`, number: row.service, about: row.topic,
                mark: <span className="tag tag-bad">{row.reason}</span>,
              })),
            };
          }}
        />
      )}
    </>
  );
}
