import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { isZero } from '../../lib/decimal';
import { Asking } from '../../parts/document/Asking';
import { DocumentHead, Facts, Lines, Panel, Steps } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { given, type FieldSpec } from '../../parts/entry/Fields';
import { Moment, Money } from '../../parts/show';
import { Party } from './Party';

type Advance = Schemas['finance_AdvanceView'];

const asked: FieldSpec[] = [
  { name: 'amount', title: 'f.amount', kind: 'decimal' },
  { name: 'order', title: 'f.order_first', kind: 'text' },
  { name: 'posting_date', title: 'f.posting_date', kind: 'date' },
];

function Body({ advance }: { advance: Advance }): ReactNode {
  const { t, value } = useWords();
  return (
    <div className="page">
      <DocumentHead kind="nav.finance.advances" number={advance.number} status={advance.status} of="advance">
        <Asking<Advance>
          primary
          title="advance.apply"
          permission="finance.advance.apply"
          when={!isZero(advance.open_amount)}
          version={advance.version}
          number={advance.number}
          note={<p className="quiet">{t('advance.hint')}</p>}
          fields={asked}
          concerns={[['finance'], ['sales'], ['purchasing']]}
          send={(values, header) =>
            ask(api.POST('/api/v1/finance/advances/{advance}/apply', {
              params: { path: { advance: advance.id }, header },
              body: given<Schemas['finance_AdvanceApplicationIn']>(values),
            }))
          }
        />
      </DocumentHead>
      <Panel>
        <Steps way={['open', 'partly_applied', 'applied']} now={advance.status} of="advance" />
        <Facts
          facts={[
            { title: 'f.direction', value: value(advance.direction, 'advance') },
            { title: 'f.partner', value: <Party direction={advance.direction} code={advance.partner} /> },
            { title: 'f.business_date', value: advance.business_date },
            { title: 'f.posting_date', value: advance.posting_date },
            { title: 'f.account', value: advance.account },
            { title: 'f.bank_account', value: advance.bank_account },
            { title: 'f.reference', value: advance.reference },
            { title: 'f.recorded_at', value: <Moment value={advance.recorded_at} /> },
            { title: 'f.amount', value: <Money value={advance.amount} />, big: true },
            { title: 'advance.left', value: <Money value={advance.open_amount} />, big: true },
          ]}
        />
      </Panel>
      <Panel title="advance.applications">
        {advance.applications.length === 0 ? (
          <p className="panel-body quiet">{t('advance.none')}</p>
        ) : (
          <Lines
            rows={advance.applications}
            rowKey={(each) => each.id}
            columns={[
              { title: 'f.payment', cell: (each) => <Link to={`/finance/payments/${each.payment}`}>{each.number}</Link> },
              { title: 'f.posting_date', cell: (each) => each.posting_date },
              { title: 'f.recorded_at', cell: (each) => <Moment value={each.recorded_at} /> },
              { title: 'f.amount', numeric: true, cell: (each) => <Money value={each.amount} /> },
            ]}
          />
        )}
      </Panel>
      <Vouchers source={advance.number} />
    </div>
  );
}

export default function AdvancePage(): ReactNode {
  return (
    <One
      permission="finance.advance.read"
      queryKey={['finance', 'advances']}
      load={(advance) => ask(api.GET('/api/v1/finance/advances/{advance}', { params: { path: { advance } } }))}
    >
      {(advance) => <Body advance={advance} />}
    </One>
  );
}
