import { useQuery } from '@tanstack/react-query';
import { Input } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { Lines, Panel } from '../../parts/document/Document';
import { Field } from '../../parts/Field';
import { LookupField } from '../../parts/LookupField';
import { ItemName, Quantity } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';
import { WordCell } from '../../parts/words';

function Found({ item, lot }: { item: string; lot: string }): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const query = useQuery({
    queryKey: ['production', 'lot-trace', company, item, lot],
    queryFn: () => ask(api.GET('/api/v1/production/lot-traces', { params: { query: { company, item, ...(lot ? { lot } : {}) } } })),
    enabled: company !== '',
    retry: false,
  });
  return (
    <Panel title="nav.production.trace">
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>{t('making.noTrace')}</Empty>
          ) : (
            <Lines
              rows={rows.map((row, index) => ({ ...row, index }))}
              rowKey={(row) => row.index}
              columns={[
                { title: 'f.level', numeric: true, cell: (row) => row.level },
                { title: 'f.kind', cell: (row) => <WordCell word={row.kind} of="making" /> },
                { title: 'f.item', cell: (row) => <ItemName code={row.item} /> },
                { title: 'f.lot', cell: (row) => row.lot },
                { title: 'f.quantity', numeric: true, cell: (row) => <Quantity value={row.quantity} /> },
                { title: 'f.document', cell: (row) => (row.order && row.kind !== 'shipment' ? <Link to={`/production/orders/${row.order}`}>{row.number}</Link> : row.number) },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}

function Page(): ReactNode {
  const { t } = useWords();
  const [params, setParams] = useSearchParams();
  const item = params.get('item') ?? '';
  const [lot, setLot] = useState(params.get('lot') ?? '');
  const show = (code: string, of: string): void =>
    setParams({ ...(code ? { item: code } : {}), ...(of ? { lot: of } : {}) }, { replace: true });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.production.trace')}</h1>
      </div>
      <Panel>
        <div className="form">
          <LookupField title="f.item" kind="items" autoFocus={!item} value={item} onChange={(code) => show(code, lot)} />
          <Field title="f.lot">
            {(id) => (
              <Input id={id} value={lot} onChange={(event) => setLot(event.target.value)} onBlur={() => show(item, lot.trim())} onPressEnter={() => show(item, lot.trim())} />
            )}
          </Field>
        </div>
      </Panel>
      {item ? <Found item={item} lot={params.get('lot') ?? ''} /> : <p className="quiet">{t('making.chooseItem')}</p>}
    </div>
  );
}

export default function LotTrace(): ReactNode {
  return (
    <Allowed permission="production.cost.read">
      <Page />
    </Allowed>
  );
}
