import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { percent } from '../../lib/decimal';
import { Lines, Panel } from '../../parts/document/Document';
import { ItemName, Quantity, YesNo } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { Tree } from '../../parts/Tree';

export interface Part {
  line: number;
  item: string;
  quantity: string;
  unit: string;
  scrap_rate?: string;
  operation?: number | null;
  backflush?: boolean;
}

/** What an item is made of now, as its own bill says. */
async function partsOf(company: string, item: string): Promise<readonly Part[]> {
  const found = await ask(api.GET('/api/v1/production/boms', { params: { query: { company, item, status: 'active', limit: '1' } } }));
  return found.items[0]?.components ?? [];
}

/** A bill, opened level by level. */
export function Structure({ parts }: { parts: readonly Part[] }): ReactNode {
  const company = useCompanyCode();
  return (
    <Panel title="making.tree">
      <Tree
        label="making.tree"
        roots={parts}
        keyOf={(part) => `${part.line}/${part.item}`}
        ask={(part) => ({ queryKey: ['production', 'boms', 'parts', company, part.item], load: () => partsOf(company, part.item) })}
        columns={[
          { title: 'f.item', cell: (part) => <ItemName code={part.item} /> },
          { title: 'f.line', cell: (part) => part.line },
          { title: 'f.quantity', numeric: true, cell: (part) => <Quantity value={part.quantity} unit={part.unit} /> },
          { title: 'f.scrap_rate', numeric: true, cell: (part) => percent(part.scrap_rate ?? '0') },
          { title: 'f.operation', numeric: true, cell: (part) => part.operation },
          { title: 'f.backflush', cell: (part) => <YesNo value={part.backflush ?? false} /> },
        ]}
      />
    </Panel>
  );
}

/** What an item goes into, up to the products. */
export function WhereUsed({ item }: { item: string }): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const query = useQuery({
    queryKey: ['production', 'boms', 'where-used', company, item],
    queryFn: () => ask(api.GET('/api/v1/production/boms/where-used', { params: { query: { company, item, levels: 20 } } })),
    enabled: company !== '',
  });
  return (
    <Panel title="making.whereUsed">
      <Loaded query={query} rows={2}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="panel-body quiet">{t('making.notUsed')}</p>
          ) : (
            <Lines
              rows={rows.map((row, index) => ({ ...row, index }))}
              rowKey={(row) => row.index}
              columns={[
                { title: 'f.level', numeric: true, cell: (row) => row.level },
                { title: 'f.item', cell: (row) => <ItemName code={row.item} /> },
                { title: 'f.component', cell: (row) => row.component },
                { title: 'f.quantity', numeric: true, cell: (row) => <Quantity value={row.quantity} /> },
                { title: 'f.base_quantity', numeric: true, cell: (row) => <Quantity value={row.base_quantity} /> },
                { title: 'nav.production.boms', cell: (row) => <Link to={`/production/boms/${row.bom}`}>{row.bom}</Link> },
                { title: 'f.revision', cell: (row) => row.revision },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
