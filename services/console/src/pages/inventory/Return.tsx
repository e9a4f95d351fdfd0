import { Button } from 'antd';
import { useRef, type ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { compare, minus } from '../../lib/decimal';
import { useCommand } from '../../parts/command';
import { DocumentHead, Facts, Lines, Panel, Steps, type LineColumn } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { Vouchers } from '../../parts/document/Vouchers';
import { ShareForm, useShares, type ShareColumn } from '../../parts/entry/ShareForm';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Money, Named, Quantity } from '../../parts/show';

type Return = Schemas['inventory_ReturnView'];
type Line = Return['lines'][number];

const INSPECTING: readonly ShareColumn[] = [
  { name: 'accepted', title: 'f.accepted', first: (line) => line.open },
  { name: 'rejected', title: 'f.rejected' },
];

const columns: LineColumn<Line>[] = [
  { title: 'f.line', cell: (line) => line.line },
  { title: 'f.item', cell: (line) => <ItemName code={line.item} /> },
  { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
  { title: 'f.accepted', numeric: true, cell: (line) => <Quantity value={line.accepted} /> },
  { title: 'f.rejected', numeric: true, cell: (line) => <Quantity value={line.rejected} /> },
  { title: 'f.cost', numeric: true, cell: (line) => <Money value={line.cost} /> },
  { title: 'f.amount_gross', numeric: true, cell: (line) => <Money value={line.amount_gross} /> },
];

function Inspection({ goods }: { goods: Return }): ReactNode {
  const { t } = useWords();
  const lines = goods.lines.map((line) => ({
    line: line.line, item: line.item, unit: line.unit, open: minus(line.quantity, minus(line.accepted, `-${line.rejected}`)),
  }));
  const { shares, set } = useShares(lines, INSPECTING);
  const sent = useRef<number[]>([]);
  const inspect = useCommand<Schemas['inventory_InspectionIn'], Return>(
    (body, header) =>
      ask(api.POST('/api/v1/inventory/returns/{goods_return}/inspect', { params: { path: { goods_return: goods.id }, header }, body })),
    { version: goods.version, concerns: [['inventory'], ['sales'], ['case']], done: t('inventory.inspect') },
  );
  const taken = lines.filter(({ line }) => compare(shares[line]?.['accepted'], '0') > 0 || compare(shares[line]?.['rejected'], '0') > 0);
  return (
    <Panel title="inventory.inspection">
      <ProblemNote problem={inspect.problem} shown={(pointer) => pointer.startsWith('/lines/')} />
      <ShareForm lines={lines} columns={INSPECTING} shares={shares} set={set} problem={inspect.problem} sent={sent.current} />
      <div className="submit-bar">
        <Button
          type="primary"
          loading={inspect.busy}
          disabled={taken.length === 0}
          onClick={() => {
            sent.current = taken.map((line) => line.line);
            void inspect.run({
              lines: taken.map(({ line }) => ({
                line, accepted: shares[line]?.['accepted'] || '0', rejected: shares[line]?.['rejected'] || '0',
              })),
            });
          }}
        >
          {t('inventory.inspect')}
        </Button>
      </div>
    </Panel>
  );
}

function Body({ goods }: { goods: Return }): ReactNode {
  const may = useMay();
  const isSale = goods.status !== 'returned';
  return (
    <div className="page">
      <DocumentHead kind="nav.inventory.returns" number={goods.number} status={goods.status} />
      <Panel>
        {isSale && <Steps way={['quarantine', 'inspected']} now={goods.status} />}
        <Facts
          facts={[
            { title: 'f.authorisation_number', value: goods.authorisation_number },
            { title: 'f.order', value: goods.order_number },
            { title: 'f.partner', value: goods.partner },
            { title: 'f.warehouse', value: <Named kind="warehouses" code={goods.warehouse} /> },
            { title: 'f.business_date', value: goods.business_date },
            { title: 'f.recorded_at', value: <Moment value={goods.recorded_at} /> },
          ]}
        />
      </Panel>
      {goods.status === 'quarantine' && may('inventory.return.inspect') && <Inspection key={goods.version} goods={goods} />}
      <Panel title="doc.lines">
        <Lines rows={goods.lines} columns={columns} rowKey={(line) => line.line} />
      </Panel>
      <Vouchers source={goods.number} />
    </div>
  );
}

export default function GoodsReturnPage(): ReactNode {
  return (
    <One
      permission="inventory.return.read"
      queryKey={['inventory', 'returns']}
      load={(id) => ask(api.GET('/api/v1/inventory/returns/{goods_return}', { params: { path: { goods_return: id } } }))}
    >
      {(goods) => <Body goods={goods} />}
    </One>
  );
}
