import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import type { Key } from '../../i18n';
import { Moment, Money, Named } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { WordCell } from '../../parts/words';

type Netting = Schemas['finance_NettingView'];

/** What one side of it settled. */
function Side({ title, payment }: { title: Key; payment: string }): ReactNode {
  const query = useQuery({
    queryKey: ['finance', 'payments', 'one', payment],
    queryFn: () => ask(api.GET('/api/v1/finance/payments/{payment}', { params: { path: { payment } } })),
  });
  return (
    <Panel title={title} extra={query.data && <Link to={`/finance/payments/${payment}`}>{query.data.number}</Link>}>
      <Loaded query={query} rows={3}>
        {(found) => (
          <Lines
            rows={found.allocations}
            rowKey={(each) => each.open_item}
            columns={[
              { title: 'f.document_type', cell: (each) => <WordCell word={each.document_type} /> },
              { title: 'f.number', cell: (each) => each.number },
              { title: 'f.order', cell: (each) => each.order_number },
              { title: 'f.amount', numeric: true, cell: (each) => <Money value={each.amount} /> },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  );
}

function Body({ netting }: { netting: Netting }): ReactNode {
  const may = useMay();
  const payments = may('finance.payment.read');
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.nettings" number={netting.number} status={netting.status} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.partner', value: <Named kind="customers" code={netting.partner} /> },
            { title: 'f.business_date', value: netting.business_date },
            { title: 'f.posting_date', value: netting.posting_date },
            { title: 'f.reference', value: netting.reference },
            { title: 'f.recorded_at', value: <Moment value={netting.recorded_at} /> },
            { title: 'f.receivable_before', value: <Money value={netting.receivable_before} />, big: true },
            { title: 'f.payable_before', value: <Money value={netting.payable_before} />, big: true },
            { title: 'f.amount', value: <Money value={netting.amount} />, big: true },
          ]}
        />
      </Panel>
      {payments && (
        <div className="columns-even">
          <Side title="f.payment_received" payment={netting.payment_received} />
          <Side title="f.payment_made" payment={netting.payment_made} />
        </div>
      )}
      <Vouchers source={netting.number} />
    </div>
  );
}

export default function NettingPage(): ReactNode {
  return (
    <One
      permission="finance.netting.read"
      queryKey={['finance', 'nettings']}
      load={(netting) => ask(api.GET('/api/v1/finance/nettings/{netting}', { params: { path: { netting } } }))}
    >
      {(netting) => <Body netting={netting} />}
    </One>
  );
}
