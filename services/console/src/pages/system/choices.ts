/** What a person or a client may be given: roles, companies, permissions. */

import { useQuery } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import { useCompanies } from '../../api/company';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import type { FieldSpec } from '../../parts/entry/Fields';

interface Choice {
  value: string;
  label: string;
}

export function useRoleChoices(): Choice[] {
  const { either } = useWords();
  const allowed = useMay()('identity.role.read');
  const { data } = useQuery({
    queryKey: ['identity', 'roles', 'choices'],
    queryFn: () => ask(api.GET('/api/v1/identity/roles', { params: { query: { limit: '1000' } } })),
    enabled: allowed,
    staleTime: 60_000,
  });
  return (data?.items ?? []).map((role) => ({ value: role.code, label: `${role.code} ${either(role.name, role.name_en)}` }));
}

export function usePermissionChoices(): Choice[] {
  const { data } = useQuery({
    queryKey: ['identity', 'permissions'],
    queryFn: () => ask(api.GET('/api/v1/identity/permissions')),
    staleTime: 5 * 60_000,
  });
  const names = (data?.items ?? []).map((each) => each.permission);
  const wide = [...new Set(names.map((name) => `${name.split('.')[0] ?? ''}.*`))];
  return ['*', ...wide, ...names].map((name) => ({ value: name, label: name }));
}

/** The fields that say who one is to the system. `*` is every company, none chosen is none. */
export function useScopeFields(): FieldSpec[] {
  const roles = useRoleChoices();
  const companies = useCompanies();
  const { t, either } = useWords();
  return [
    { name: 'roles', title: 'f.roles', kind: 'choices', options: roles },
    {
      name: 'companies', title: 'f.companies', kind: 'choices',
      options: [
        { value: '*', label: `* ${t('people.all')}` },
        ...companies.map((each) => ({ value: each.code, label: `${each.code} ${either(each.name, each.nameEn)}` })),
      ],
    },
    { name: 'warehouses', title: 'f.warehouses', kind: 'words' },
    { name: 'partners', title: 'f.partners', kind: 'words' },
    { name: 'own', title: 'f.own', kind: 'tick' },
  ];
}
