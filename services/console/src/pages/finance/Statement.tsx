import type { ReactNode } from 'react';
import { Link } from 'react-router';

import type { Schemas } from '../../api/client';
import { isZero } from '../../lib/decimal';
import { useWords } from '../../i18n';
import { Money } from '../../parts/show';

/** A statement's lines; each leads to the vouchers of the accounts that it sums. */
export function StatementTable({ lines }: { lines: readonly Schemas['finance_StatementLineView'][] }): ReactNode {
  const { t, either } = useWords();
  return (
    <div className="scroll-x">
      <table className="grid-table report">
        <thead>
          <tr>
            <th>{t('f.caption')}</th>
            <th>{t('f.account')}</th>
            <th className="num">{t('f.amount')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.code} className={line.accounts.length === 0 && !isZero(line.amount) ? 'sum' : undefined}>
              <td style={{ paddingLeft: 10 + 18 * Math.max(0, line.level - 1) }}>{either(line.caption, line.caption_en)}</td>
              <td>
                {line.accounts.map((account) => (
                  <Link key={account} className="account-link" to={`/finance/vouchers?account=${account}`}>
                    {account}
                  </Link>
                ))}
              </td>
              <td className="num">
                <Money value={line.amount} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
