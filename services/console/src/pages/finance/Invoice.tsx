import { Button } from 'antd';
import type { ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero } from '../../lib/decimal';
import { DocumentHead, Facts, Lines, Panel, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { PaperFoot } from '../../parts/document/Print';
import { Vouchers } from '../../parts/document/Vouchers';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';

type Invoice = Schemas['finance_InvoiceView'];
type Line = Invoice['lines'][number];

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.tax_code', cell: (line) => line.tax_code },
  { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
  { title: 'f.amount_tax', numeric: true, cell: (line) => <Money value={line.amount_tax} /> },
  { title: 'f.amount_gross', numeric: true, cell: (line) => <Money value={line.amount_gross} /> },
];

function Body({ invoice }: { invoice: Invoice }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  return (
    <div className="page on-paper">
      <DocumentHead kind="nav.finance.invoices" number={invoice.number} status={invoice.status} paper="print.invoice">
        {may('finance.payment.enter') && !isZero(invoice.open_amount) && (
          <Button
            type="primary"
            onClick={() =>
              void navigate(
                `/finance/payments/new?${new URLSearchParams({ direction: 'received', partner: invoice.customer, order: invoice.order_number }).toString()}`,
              )
            }
          >
            {t('finance.enterReceipt')}
          </Button>
        )}
      </DocumentHead>
      <Panel>
        <Facts
          facts={[
            { title: 'f.customer', value: <Named kind="customers" code={invoice.customer} /> },
            { title: 'f.order', value: <Link to={`/sales/orders/${invoice.order}`}>{invoice.order_number}</Link> },
            { title: 'f.business_date', value: invoice.business_date },
            { title: 'f.due_date', value: invoice.due_date },
            { title: 'f.recorded_at', value: <Moment value={invoice.recorded_at} /> },
            { title: 'f.amount_gross', value: <Money value={invoice.amount_gross} />, big: true },
            { title: 'f.open_amount', value: <Money value={invoice.open_amount} />, big: true },
          ]}
        />
      </Panel>
      <Panel title="doc.lines">
        <Lines rows={invoice.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
      <PaperFoot />
      <Vouchers source={invoice.number} />
    </div>
  );
}

export default function InvoicePage(): ReactNode {
  return (
    <One
      permission="finance.invoice.read"
      queryKey={['finance', 'invoices']}
      load={(invoice) => ask(api.GET('/api/v1/finance/invoices/{invoice}', { params: { path: { invoice } } }))}
    >
      {(invoice) => <Body invoice={invoice} />}
    </One>
  );
}
