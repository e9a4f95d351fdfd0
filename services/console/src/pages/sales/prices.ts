/** What lines without a price of their own cost: asked of the service while one types, for price lists go by customer, day and quantity. */

import { useQueries } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { compare, lineAmount } from '../../lib/decimal';
import type { EntryLine } from '../../parts/entry/EntryGrid';

export type Price = Schemas['sales_PriceView'];
export type Prices = ReadonlyMap<string, Price>;

/** Typing is over when nothing changed for so long. */
const SETTLED_MS = 200;
const FRESH_MS = 30_000;

const keyOf = (line: EntryLine): string =>
  line.entry && !line.values['unit_price'] && compare(line.values['quantity'] || '0', '0') > 0
    ? `${line.entry.code} ${line.values['quantity'] ?? ''}`
    : '';

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

export function usePrices(company: string, customer: string, lines: readonly EntryLine[]): Prices {
  const allowed = useMay()('sales.order.read');
  const wanted = useSettled([...new Set(lines.map(keyOf).filter(Boolean))].join('\n'));
  const keys = useMemo(() => (allowed && company && customer && wanted ? wanted.split('\n') : []), [allowed, company, customer, wanted]);
  const found = useQueries({
    queries: keys.map((key) => {
      const [item = '', quantity = ''] = key.split(' ');
      return {
        queryKey: ['sales', 'prices', company, customer, item, quantity],
        queryFn: () => ask(api.GET('/api/v1/sales/prices', { params: { query: { company, customer, item, quantity } } })),
        staleTime: FRESH_MS,
        retry: false,
      };
    }),
    combine: (answers) => answers.map((answer) => answer.data),
  });
  return useMemo(() => {
    const prices = new Map<string, Price>();
    keys.forEach((key, index) => {
      const price = found[index];
      if (price) prices.set(key, price);
    });
    return prices;
  }, [keys, found]);
}

/** The price that holds for a line as it is now. */
export const priceOf = (line: EntryLine, prices: Prices): Price | undefined => prices.get(keyOf(line));

export const unitPriceOf = (line: EntryLine, prices: Prices): string =>
  line.values['unit_price'] || (priceOf(line, prices)?.unit_price ?? line.entry?.price ?? '');

export const netOf = (line: EntryLine, prices: Prices): string =>
  priceOf(line, prices)?.amount_net ?? lineAmount(line.values['quantity'] ?? '', unitPriceOf(line, prices)) ?? '0.00';

/** The next quantity at which the list that holds asks another price. */
export function nextTier(price: Price): Price['offers'][number] | undefined {
  return price.offers
    .filter((offer) => offer.price_list === price.price_list && compare(offer.from_quantity, price.quantity) > 0)
    .sort((left, right) => compare(left.from_quantity, right.from_quantity))[0];
}
