import { CheckCircleFilled, ClockCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords, texts, type Key } from '../../i18n';
import { isZero, plain } from '../../lib/decimal';
import { Money, Moment } from '../../parts/show';
import { Loaded } from '../../parts/states';

type Equality = Schemas['finance_EqualityView'];

const OFTEN_MS = 3_000;
const nameOf = (name: string): Key | null => (`proof.${name}` in texts ? (`proof.${name}` as Key) : null);
const leftOf = (name: string): Key | null => (`proof.${name}.left` in texts ? (`proof.${name}.left` as Key) : null);
const rightOf = (name: string): Key | null => (`proof.${name}.right` in texts ? (`proof.${name}.right` as Key) : null);

function Card({ equality }: { equality: Equality }): ReactNode {
  const { t } = useWords();
  const zero = isZero(equality.difference);
  const moving = equality.in_flight.length > 0;
  const tone = zero ? 'good' : moving ? 'warn' : 'bad';
  const Icon = zero ? CheckCircleFilled : moving ? ClockCircleFilled : CloseCircleFilled;
  const amount = (value: string): ReactNode => (equality.name === 'reserved' ? plain(value) || '0' : <Money value={value} />);
  const title = nameOf(equality.name);
  const left = leftOf(equality.name);
  const right = rightOf(equality.name);
  return (
    <section className={`panel proof proof-${tone}`} data-testid={`proof-${equality.name}`}>
      <h2>
        <Icon />
        {title ? t(title) : equality.name}
        <span className="grow" />
        <b className="num">{amount(equality.difference)}</b>
      </h2>
      <dl className="facts">
        <div>
          <dt>{t(left ?? 'proof.left')}</dt>
          <dd>{amount(equality.left)}</dd>
        </div>
        <div>
          <dt>{t(right ?? 'proof.right')}</dt>
          <dd>{amount(equality.right)}</dd>
        </div>
      </dl>
      {moving && (
        <ul className="links">
          {equality.in_flight.slice(0, 5).map((each) => (
            <li key={each.document + each.topic}>
              <span className="grow">{each.document}</span>
              <span className="quiet">{each.reason}</span>
            </li>
          ))}
          {equality.in_flight.length > 5 && <li className="quiet">+{equality.in_flight.length - 5}</li>}
        </ul>
      )}
    </section>
  );
}

/** Each equality of the books, on both its sides, at one cut. */
export function Proof({ company }: { company: string }): ReactNode {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['finance', 'proof', company],
    queryFn: () => ask(api.GET('/api/v1/finance/proof', { params: { query: { company } } })),
    enabled: company !== '',
    // the cut moves every few seconds, whether or not something happens
    refetchInterval: OFTEN_MS,
  });
  return (
    <Loaded query={query}>
      {(answer) => {
        const proof = 'equalities' in answer ? answer : answer.items[0];
        if (!proof) return null;
        return (
          <>
            <p className="quiet proof-when">
              {t('f.as_of')} <Moment value={proof.as_of} />
            </p>
            <div className="proofs">
              {proof.equalities.map((equality) => (
                <Card key={equality.name} equality={equality} />
              ))}
            </div>
          </>
        );
      }}
    </Loaded>
  );
}

function Board(): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.finance.proof')}</h1>
        <span className="quiet">{t('proof.about')}</span>
      </div>
      <Proof company={company} />
    </div>
  );
}

export default function ProofBoard(): ReactNode {
  return (
    <Allowed permission="finance.proof.read">
      <Board />
    </Allowed>
  );
}
