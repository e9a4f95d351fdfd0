import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { atHand, type AtHand } from '../../api/directory';
import { isZero } from '../../lib/decimal';
import { uuid } from '../../lib/ids';
import type { EntryLine } from '../../parts/entry/EntryGrid';
import { Loaded } from '../../parts/states';
import { PriceListEntry } from './PriceListEntry';

type PriceList = Schemas['sales_PriceListView'];

const lineOf = (price: PriceList['prices'][number], items: AtHand): EntryLine => ({
  key: uuid(),
  values: { item: price.item, from_quantity: isZero(price.from_quantity) ? '' : price.from_quantity, unit_price: price.unit_price },
  entry: items.byCode.get(price.item) ?? null,
});

/** The list as it was when the page was opened: a later change is refused by its version, and takes away nothing that is typed. */
function Writing({ found, items }: { found: PriceList; items: AtHand }): ReactNode {
  const [list] = useState(found);
  const [lines] = useState(() => found.prices.map((price) => lineOf(price, items)));
  return (
    <PriceListEntry
      of={{ list, lines }}
      send={({ name, valid_from, valid_until, prices }) =>
        ask(api.PATCH('/api/v1/sales/price-lists/{price_list}', {
          params: { path: { price_list: list.id }, header: forVersion(list.version) },
          body: { name, valid_until: valid_until ?? null, prices, ...(valid_from ? { valid_from } : {}) },
        }))
      }
    />
  );
}

function Edit({ id }: { id: string }): ReactNode {
  const items = useQuery(atHand('items', useCompanyCode()));
  const query = useQuery({
    queryKey: ['sales', 'price-lists', 'one', id],
    queryFn: () => ask(api.GET('/api/v1/sales/price-lists/{price_list}', { params: { path: { price_list: id } } })),
  });
  return (
    <Loaded query={items}>
      {(known) => <Loaded query={query}>{(found) => <Writing found={found} items={known} />}</Loaded>}
    </Loaded>
  );
}

export default function EditPriceList(): ReactNode {
  const { id = '' } = useParams();
  return (
    <Allowed permission="sales.price_list.change">
      <Edit id={id} />
    </Allowed>
  );
}
