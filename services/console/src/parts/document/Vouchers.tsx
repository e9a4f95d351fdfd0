import { BulbOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useInterval } from '../../api/live';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero } from '../../lib/decimal';
import { Money } from '../show';
import { Loaded } from '../states';
import { Panel } from './Document';

type Voucher = Schemas['finance_VoucherView'];

export function VoucherCard({ voucher, open = false }: { voucher: Voucher; open?: boolean }): ReactNode {
  const { t, either } = useWords();
  const [asked, setAsked] = useState(open);
  return (
    <article className="voucher">
      <header>
        <Link to={`/finance/vouchers/${voucher.id}`}>{voucher.number}</Link>
        <span className="quiet">{voucher.posting_date}</span>
        <span>{either(voucher.text, voucher.text_en)}</span>
        <span className="grow" />
        <Button size="small" type="text" icon={<BulbOutlined />} aria-expanded={asked} onClick={() => setAsked(!asked)}>
          {t('doc.why')}
        </Button>
      </header>
      <table>
        <tbody>
          {voucher.lines.map((line) => (
            <tr key={line.line}>
              <td className={isZero(line.debit) ? 'credit-side' : ''}>
                {line.account} <span className="quiet">{either(line.text, line.text_en)}</span>
              </td>
              <td className="num">{isZero(line.debit) ? '' : <Money value={line.debit} />}</td>
              <td className="num">{isZero(line.credit) ? '' : <Money value={line.credit} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked && (
        <p className="why">
          {either(voucher.why.explanation, voucher.why.explanation_en)}{' '}
          <span className="quiet">
            {voucher.why.source_topic} {voucher.why.source_number} → {t('f.rule')} {voucher.why.rule} v
            {voucher.why.rule_version}
          </span>
        </p>
      )}
    </article>
  );
}

/** The vouchers that a document, or a whole case by its order, led to. */
export function Vouchers({ source }: { source: string }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const interval = useInterval();
  const allowed = may('finance.voucher.read');
  const query = useQuery({
    queryKey: ['finance', 'vouchers', 'source', source],
    queryFn: () => ask(api.GET('/api/v1/finance/vouchers', { params: { query: { source, limit: '200' } } })),
    refetchInterval: interval,
    enabled: allowed,
  });
  if (!allowed) return null;
  return (
    <Panel inside title="doc.vouchers">
      <Loaded query={query} rows={3}>
        {(found) =>
          found.items.length === 0 ? (
            <p className="panel-body quiet">{t('doc.noVouchers')}</p>
          ) : (
            found.items.map((voucher) => <VoucherCard key={voucher.id} voucher={voucher} />)
          )
        }
      </Loaded>
    </Panel>
  );
}
