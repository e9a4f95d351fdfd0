import { Button } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { isZero, plain } from '../../lib/decimal';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Lines, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Moment, Named } from '../../parts/show';

type PriceList = Schemas['sales_PriceListView'];

function Body({ list }: { list: PriceList }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const path = { price_list: list.id };
  const active = list.status === 'active';
  return (
    <div className="page">
      <DocumentHead kind="nav.sales.priceLists" number={list.code} status={list.status} of="price_list">
        <Action
          grave
          version={list.version}
          number={list.code}
          title="priceList.withdraw"
          permission="sales.price_list.withdraw"
          when={active}
          concerns={[['sales']]}
          onProblem={setProblem}
          send={(header) => ask(api.POST('/api/v1/sales/price-lists/{price_list}/withdraw', { params: { path, header } }))}
        />
        {active && may('sales.price_list.change') && (
          <Button type="primary" onClick={() => void navigate(`/sales/price-lists/${list.id}/edit`)}>{t('do.edit')}</Button>
        )}
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.name', value: list.name },
            {
              title: 'f.for_customer',
              value: list.customer ? <Named kind="customers" code={list.customer} /> : t('priceList.everybody'),
            },
            { title: 'f.valid_from', value: list.valid_from },
            { title: 'f.valid_until', value: list.valid_until },
            { title: 'f.recorded_at', value: <Moment value={list.recorded_at} /> },
          ]}
        />
        <p className="panel-body quiet">{t('priceList.hint')}</p>
      </Panel>
      <Panel title="priceList.prices">
        <Lines
          rows={list.prices}
          rowKey={(price) => `${price.item} ${price.from_quantity}`}
          columns={[
            { title: 'f.item', cell: (price) => <ItemName code={price.item} /> },
            { title: 'f.from_quantity', numeric: true, cell: (price) => (isZero(price.from_quantity) ? '' : plain(price.from_quantity)) },
            { title: 'f.unit_price', numeric: true, cell: (price) => plain(price.unit_price, 2) },
          ]}
        />
      </Panel>
    </div>
  );
}

export default function PriceListPage(): ReactNode {
  return (
    <One
      permission="sales.price_list.read"
      queryKey={['sales', 'price-lists']}
      load={(price_list) => ask(api.GET('/api/v1/sales/price-lists/{price_list}', { params: { path: { price_list } } }))}
    >
      {(list) => <Body list={list} />}
    </One>
  );
}
