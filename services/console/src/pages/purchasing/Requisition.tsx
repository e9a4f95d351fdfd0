import { useState, type ReactNode } from 'react';
import { Button } from 'antd';
import { Link, useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { compare } from '../../lib/decimal';
import { useCommand } from '../../parts/command';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { LookupField } from '../../parts/LookupField';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Named, Quantity } from '../../parts/show';
import { WordCell } from '../../parts/words';

type Requisition = Schemas['purchasing_RequisitionView'];
type Line = Requisition['lines'][number];

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'purchasing.ordered', numeric: true, cell: (line) => <Quantity value={line.quantity_ordered ?? '0'} /> },
  { title: 'f.warehouse', cell: (line) => <Named kind="warehouses" code={line.warehouse} /> },
  { title: 'f.supplier', cell: (line) => <Named kind="suppliers" code={line.supplier} /> },
  { title: 'f.due_date', cell: (line) => line.due_date },
  {
    title: 'f.demand',
    cell: (line) => (line.demand_order ? <Link to={`/sales/orders/${line.demand_order}`}><OrderWord /></Link> : null),
  },
];

function OrderWord(): ReactNode {
  const { t } = useWords();
  return t('nav.sales.orders');
}

function Body({ requisition }: { requisition: Requisition }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [supplier, setSupplier] = useState('');
  const open = requisition.lines.filter((line) => compare(line.quantity, line.quantity_ordered ?? '0') > 0);
  const needsSupplier = open.some((line) => !line.supplier);
  const order = useCommand<Schemas['purchasing_OrderRequisitionsIn'], Schemas['purchasing_OrdersView']>(
    (body, header) => ask(api.POST('/api/v1/purchasing/requisitions:order', { params: { header }, body })),
    {
      concerns: [['purchasing']],
      done: t('purchasing.order'),
      onDone: (out) => {
        const only = out.orders.length === 1 ? out.orders[0] : undefined;
        void navigate(only ? `/purchasing/orders/${only.id}` : '/purchasing/orders');
      },
    },
  );
  const orderable = requisition.status === 'open' && open.length > 0 && may('purchasing.order.create');
  return (
    <div className="page">
      <DocumentHead kind="nav.purchasing.requisitions" number={requisition.number} status={requisition.status}>
        <Action
          grave
          title="purchasing.cancelRequisition"
          permission="purchasing.requisition.cancel"
          when={requisition.status === 'open'}
          version={requisition.version}
          number={requisition.number}
          concerns={[['purchasing']]}
          onProblem={setProblem}
          send={(header) =>
            ask(api.POST('/api/v1/purchasing/requisitions/{ref}/cancel', { params: { path: { ref: requisition.id }, header } }))
          }
        />
        {orderable && (
          <Button
            type="primary"
            loading={order.busy}
            disabled={needsSupplier && !supplier}
            onClick={() =>
              void order.run({ requisitions: [requisition.id], lines: [], ...(supplier ? { supplier } : {}) })
            }
          >
            {t('purchasing.order')}
          </Button>
        )}
      </DocumentHead>
      <ProblemNote problem={problem ?? order.problem} />
      <Panel>
        <Steps way={['open', 'ordered']} now={requisition.status} />
        <Facts
          facts={[
            { title: 'f.origin', value: <WordCell word={requisition.origin} /> },
            { title: 'f.business_date', value: requisition.business_date },
            { title: 'f.recorded_at', value: <Moment value={requisition.recorded_at} /> },
          ]}
        />
        {orderable && (
          <div className="form">
            <LookupField title="f.supplier" kind="suppliers" need={needsSupplier} value={supplier} onChange={setSupplier} />
          </div>
        )}
      </Panel>
      <Panel title="doc.lines">
        <Lines rows={requisition.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
    </div>
  );
}

export default function RequisitionPage(): ReactNode {
  return (
    <One
      permission="purchasing.requisition.read"
      queryKey={['purchasing', 'requisitions']}
      load={(ref) => ask(api.GET('/api/v1/purchasing/requisitions/{ref}', { params: { path: { ref } } }))}
    >
      {(requisition) => <Body requisition={requisition} />}
    </One>
  );
}
