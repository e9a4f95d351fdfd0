import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useInterval } from '../../api/live';
import { useWords } from '../../i18n';
import { plain } from '../../lib/decimal';
import { Facts, Panel } from '../../parts/document/Document';
import { LookupField } from '../../parts/LookupField';
import { ItemName, Money, Quantity } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { Tree } from '../../parts/Tree';

type Step = Schemas['production_StepView'];

function What({ step }: { step: Step }): ReactNode {
  const { value } = useWords();
  return (
    <span>
      <span className="tag">{value(step.kind, 'making')}</span> {step.item ? <ItemName code={step.item} /> : null}
      {step.number && <span className="quiet"> {step.number}</span>}
    </span>
  );
}

function Found({ item }: { item: string }): ReactNode {
  const company = useCompanyCode();
  const interval = useInterval();
  const query = useQuery({
    queryKey: ['production', 'cost-tree', company, item],
    queryFn: () => ask(api.GET('/api/v1/production/cost-trees', { params: { query: { company, item } } })),
    refetchInterval: interval,
    enabled: company !== '',
    retry: false,
  });
  return (
    <Loaded query={query}>
      {(found) => {
        const whole = Number(found.amount) || 1;
        return (
          <>
            <Panel>
              <Facts
                facts={[
                  { title: 'f.item', value: <ItemName code={found.item} /> },
                  { title: 'making.unitCost', big: true, value: plain(found.unit_cost, 2) || '–' },
                  { title: 'f.quantity', value: <Quantity value={found.quantity} /> },
                  { title: 'f.amount', value: <Money value={found.amount} /> },
                  { title: 'making.inputs', value: <Money value={found.inputs} /> },
                  { title: 'making.wentOff', value: <Money value={found.went_off} /> },
                ]}
              />
            </Panel>
            <Panel title="nav.production.cost">
              <Tree
                label="nav.production.cost"
                roots={[found.tree]}
                open={2}
                keyOf={(step) => `${step.kind}/${step.item}/${step.number}`}
                below={(step) => step.children}
                columns={[
                  { title: 'f.source', cell: (step) => <What step={step} /> },
                  { title: 'f.quantity', numeric: true, cell: (step) => <Quantity value={step.quantity} /> },
                  { title: 'f.amount', numeric: true, cell: (step) => <Money value={step.amount} /> },
                  { title: 'making.share', numeric: true, cell: (step) => `${((Number(step.amount) / whole) * 100).toFixed(1)} %` },
                ]}
              />
            </Panel>
          </>
        );
      }}
    </Loaded>
  );
}

function Page(): ReactNode {
  const { t } = useWords();
  const [params, setParams] = useSearchParams();
  const item = params.get('item') ?? '';
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.production.cost')}</h1>
      </div>
      <Panel>
        <div className="form">
          <LookupField title="f.item" kind="items" autoFocus={!item} value={item} onChange={(code) => setParams(code ? { item: code } : {}, { replace: true })} />
        </div>
      </Panel>
      {item ? <Found item={item} /> : <p className="quiet">{t('making.chooseItem')}</p>}
    </div>
  );
}

export default function CostTreePage(): ReactNode {
  return (
    <Allowed permission="production.cost.read">
      <Page />
    </Allowed>
  );
}
