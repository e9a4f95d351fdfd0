/** What a person and a client have alike: a name, and who they are to the system. */

import type { Translate } from '../../i18n';
import type { Fact } from '../../parts/document/Document';
import { listOf, textOf, ticked, type FieldValues } from '../../parts/entry/Fields';
import { YesNo } from '../../parts/show';

export interface Scoped {
  name: string;
  roles: string[];
  companies: string[];
  warehouses: string[];
  partners: string[];
  own: boolean;
}

export const scopeOf = ({ name, roles, companies, warehouses, partners, own }: Scoped): Scoped & FieldValues => ({
  name, roles, companies, warehouses, partners, own,
});

export const scopeEntered = (values: FieldValues): Scoped => ({
  name: textOf(values, 'name'),
  roles: listOf(values, 'roles'),
  companies: listOf(values, 'companies'),
  warehouses: listOf(values, 'warehouses'),
  partners: listOf(values, 'partners'),
  own: ticked(values, 'own'),
});

export const scopeFacts = (scoped: Scoped, t: Translate): Fact[] => [
  { title: 'f.name', value: scoped.name },
  { title: 'f.roles', value: scoped.roles.join(', ') },
  { title: 'f.companies', value: scoped.companies.join(', ') || t('people.allCompanies') },
  { title: 'f.warehouses', value: scoped.warehouses.join(', ') },
  { title: 'f.partners', value: scoped.partners.join(', ') },
  { title: 'f.own', value: <YesNo value={scoped.own} /> },
];
