import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { atHand, type AtHand } from '../../api/directory';
import { uuid } from '../../lib/ids';
import type { EntryLine } from '../../parts/entry/EntryGrid';
import { Lines } from '../../parts/document/Document';
import { Loaded } from '../../parts/states';
import { useWords } from '../../i18n';
import { sum } from '../../lib/decimal';
import { Money, Quantity } from '../../parts/show';
import { VALID_UNTIL } from './NewQuotation';
import { Thing } from './Quotation';
import { SalesEntry } from './SalesEntry';

type Quotation = Schemas['sales_QuotationView'];
type Line = Quotation['lines'][number];

/** As it was quoted: a price of its own stays one, what came from a list is asked of the lists again. */
const lineOf = (line: Line, item: string, items: AtHand): EntryLine => ({
  key: uuid(),
  values: {
    item,
    quantity: line.quantity,
    unit_price: line.price_source === 'given' ? line.unit_price : '',
    warehouse: line.warehouse ?? '',
  },
  entry: items.byCode.get(item) ?? null,
});

/** What has no item yet is sent again as it is: the same words keep its engineering request. */
const asBefore = (line: Line): Schemas['sales_QuotationLineIn'] => ({
  non_standard: {
    description: line.non_standard?.description ?? '', description_en: line.non_standard?.description_en ?? '',
    specification: line.non_standard?.specification ?? '', attributes: line.non_standard?.attributes ?? {},
  },
  quantity: line.quoted_quantity,
  unit: line.quoted_unit,
  unit_price: line.quoted_price,
  tax_code: line.tax_code,
});

function Staying({ lines }: { lines: Line[] }): ReactNode {
  const { t } = useWords();
  return (
    <section aria-label={t('quotation.staying')}>
      <p className="panel-body quiet">{t('quotation.staying')}</p>
      <Lines
        rows={lines}
        rowKey={(line) => line.line}
        columns={[
          { title: 'f.item', cell: (line) => <Thing line={line} /> },
          { title: 'f.quantity', numeric: true, cell: (line) => <Quantity value={line.quantity} unit={line.unit} /> },
          { title: 'f.amount_net', numeric: true, cell: (line) => <Money value={line.amount_net} /> },
        ]}
      />
    </section>
  );
}

/** The quotation as it was when the page was opened: a later change is refused by its version, and takes away nothing that is typed. */
function Writing({ found, items }: { found: Quotation; items: AtHand }): ReactNode {
  const [quotation] = useState(found);
  const [lines] = useState(() => found.lines.flatMap((line) => (line.item === null ? [] : [lineOf(line, line.item, items)])));
  const special = quotation.lines.filter((line) => line.item === null);
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
      besides={special.length === 0 ? undefined : {
        amount_net: sum(special.map((line) => line.amount_net)),
        amount_tax: sum(special.map((line) => line.amount_tax)),
        show: <Staying lines={special} />,
      }}
      send={({ lines: wanted, requested_date }, until) =>
        ask(api.PATCH('/api/v1/sales/quotations/{quotation}', {
          params: { path: { quotation: quotation.id }, header: forVersion(quotation.version) },
          body: { lines: [...wanted, ...special.map(asBefore)], valid_until: until, requested_date: requested_date ?? null },
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
