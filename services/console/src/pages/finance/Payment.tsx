import type { ReactNode } from 'react';

import { api, ask } from '../../api/client';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { Moment, Money } from '../../parts/show';
import { WordCell } from '../../parts/words';
import { DirectionTag } from './Direction';

export default function PaymentPage(): ReactNode {
  return (
    <One
      permission="finance.payment.read"
      queryKey={['finance', 'payments']}
      load={(payment) => ask(api.GET('/api/v1/finance/payments/{payment}', { params: { path: { payment } } }))}
    >
      {(payment) => (
        <div className="page">
          <DocumentHead kind="nav.finance.payments" number={payment.number}>
            <DirectionTag direction={payment.direction} />
          </DocumentHead>
          <Panel>
            <Facts
              facts={[
                { title: 'f.partner', value: payment.partner },
                { title: 'f.business_date', value: payment.business_date },
                { title: 'f.bank_account', value: payment.bank_account },
                { title: 'f.reference', value: payment.reference },
                { title: 'f.order', value: payment.order_number },
                { title: 'f.recorded_at', value: <Moment value={payment.recorded_at} /> },
                { title: 'f.amount', value: <Money value={payment.amount} />, big: true },
                { title: 'f.on_account', value: <Money value={payment.on_account} />, big: true },
              ]}
            />
          </Panel>
          <Panel title="finance.allocations">
            <Lines
              rows={payment.allocations}
              rowKey={(each) => each.open_item}
              columns={[
                { title: 'f.document_type', cell: (each) => <WordCell word={each.document_type} /> },
                { title: 'f.number', cell: (each) => each.number },
                { title: 'f.order', cell: (each) => each.order_number },
                { title: 'f.amount', numeric: true, cell: (each) => <Money value={each.amount} /> },
              ]}
            />
          </Panel>
          <Vouchers source={payment.number} />
        </div>
      )}
    </One>
  );
}
