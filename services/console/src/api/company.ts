/** The company that the screen shows. */

import { useQuery } from '@tanstack/react-query';
import { createContext, createElement, useContext, useEffect, type ReactNode } from 'react';

import { remember, remembered } from '../lib/storage';
import { store, useStore } from '../lib/store';
import { api, ask, type Schemas } from './client';
import { useRightsQuery } from './rights';

export interface CompanyChoice {
  code: string;
  name: string;
  nameEn: string;
  currency: string;
}

const chosen = store(remembered('company', ''));

export function choose(code: string): void {
  remember('company', code);
  chosen.set(code);
}

const choiceOf = (record: Schemas['masterdata_CompanyRecord']): CompanyChoice => ({
  code: record.code,
  name: record.name,
  nameEn: record.name_en ?? '',
  currency: record.currency ?? 'CNY',
});

/** The companies within the person's scope. */
export function useCompanies(): CompanyChoice[] {
  const rights = useRightsQuery().data;
  const { data } = useQuery({
    queryKey: ['masterdata', 'companies', 'choices'],
    queryFn: async () =>
      (await ask(api.GET('/api/v1/masterdata/companies', { params: { query: { limit: '1000' } } }))).items.map(choiceOf),
    enabled: rights !== undefined,
    staleTime: 60_000,
    retry: false,
  });
  const scope = rights?.companies ?? null;
  if (data) return scope === null ? data : data.filter((company) => scope.includes(company.code));
  return (scope ?? []).map((code) => ({ code, name: code, nameEn: code, currency: 'CNY' }));
}

const Shown = createContext<CompanyChoice | undefined>(undefined);

/** Finds out once, for all that stands inside, which company is shown: the one chosen last if it is still in scope, else the first. */
export function CompanyShown({ children }: { children: ReactNode }): ReactNode {
  const companies = useCompanies();
  const code = useStore(chosen);
  const company = companies.find((each) => each.code === code) ?? companies[0];
  useEffect(() => {
    if (company && company.code !== chosen.get()) choose(company.code);
  }, [company]);
  return createElement(Shown, { value: company }, children);
}

/** The company shown now. */
export const useCompany = (): CompanyChoice | undefined => useContext(Shown);

export const useCompanyCode = (): string => useCompany()?.code ?? '';
