/** Filters and sort stand in the address, so that a view can be sent to a colleague. */

import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

export interface ListState {
  filters: Record<string, string>;
  sort: string;
  query: string;
  setFilter: (name: string, value: string | null) => void;
  setSort: (name: string) => void;
  setQuery: (query: string) => void;
  clear: () => void;
}

export function useListState(names: readonly string[], otherwise: string): ListState {
  const [params, setParams] = useSearchParams();
  const filters = useMemo(() => {
    const found: Record<string, string> = {};
    for (const name of names) {
      const value = params.get(name);
      if (value) found[name] = value;
    }
    return found;
  }, [params, names]);
  const sort = params.get('sort') ?? otherwise;
  const change = useCallback(
    (name: string, value: string | null) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (value) next.set(name, value);
          else next.delete(name);
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );
  return useMemo(
    () => ({
      filters,
      sort,
      query: params.toString(),
      setFilter: change,
      setSort: (name) => change('sort', sort === name ? `-${name}` : sort === `-${name}` && otherwise !== sort ? null : name),
      setQuery: (query) => setParams(new URLSearchParams(query), { replace: true }),
      clear: () => setParams(new URLSearchParams(), { replace: true }),
    }),
    [filters, sort, params, change, otherwise, setParams],
  );
}
