import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { atHand, type AtHand } from '../../api/directory';
import { uuid } from '../../lib/ids';
import type { EntryLine } from '../../parts/entry/EntryGrid';
import { Loaded } from '../../parts/states';
import { VALID_UNTIL } from './NewQuotation';
import { SalesEntry } from './SalesEntry';

type Quotation = Schemas['sales_QuotationView'];

/** As it was quoted: a price of its own stays one, what came from a list is asked of the lists again. */
const lineOf = (line: Quotation['lines'][number], items: AtHand): EntryLine => ({
  key: uuid(),
  values: {
    item: line.item,
    quantity: line.quantity,
    unit_price: line.price_source === 'given' ? line.unit_price : '',
    warehouse: line.warehouse ?? '',
  },
  entry: items.byCode.get(line.item) ?? null,
});

/** The quotation as it was when the page was opened: a later change is refused by its version, and takes away nothing that is typed. */
function Writing({ found, items }: { found: Quotation; items: AtHand }): ReactNode {
  const [quotation] = useState(found);
  const [lines] = useState(() => found.lines.map((line) => lineOf(line, items)));
  return (
    <SalesEntry<Quotation>
      kind="nav.sales.quotations"
      submit="quotation.save"
      back={`/sales/quotations/${quotation.id}`}
      own={VALID_UNTIL}
      of={{
        number: quotation.number, version: quotation.version, customer: quotation.customer,
        requested: quotation.requested_date ?? '', own: quotation.valid_until, lines,
      }}
      send={({ lines: wanted, requested_date }, until) =>
        ask(api.PATCH('/api/v1/sales/quotations/{quotation}', {
          params: { path: { quotation: quotation.id }, header: forVersion(quotation.version) },
          body: { lines: wanted, valid_until: until, requested_date: requested_date ?? null },
        }))
      }
      to={() => `/sales/quotations/${quotation.id}`}
    />
  );
}

function Edit({ id }: { id: string }): ReactNode {
  const items = useQuery(atHand('items', useCompanyCode()));
  const query = useQuery({
    queryKey: ['sales', 'quotations', 'one', id],
    queryFn: () => ask(api.GET('/api/v1/sales/quotations/{quotation}', { params: { path: { quotation: id } } })),
  });
  return (
    <Loaded query={items}>
      {(known) => <Loaded query={query}>{(found) => <Writing found={found} items={known} />}</Loaded>}
    </Loaded>
  );
}

export default function EditQuotation(): ReactNode {
  const { id = '' } = useParams();
  return (
    <Allowed permission="sales.quotation.change">
      <Edit id={id} />
    </Allowed>
  );
}
