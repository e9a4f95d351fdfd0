/** What a person and a client have alike: a name, and who they are to the system. */

import type { Translate } from '../../i18n';
import type { Fact } from '../../parts/document/Document';
import { listOf, textOf, ticked, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
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

/** `*` is all of them, and no code at all is none. */
export const shown = (codes: readonly string[], t: Translate): string =>
  codes.includes('*') ? t('people.all') : codes.join(', ') || t('people.noneGiven');

export const scopeFacts = (scoped: Scoped, t: Translate): Fact[] => [
  { title: 'f.name', value: scoped.name },
  { title: 'f.roles', value: scoped.roles.join(', ') },
  { title: 'f.companies', value: shown(scoped.companies, t) },
  { title: 'f.warehouses', value: shown(scoped.warehouses, t) },
  { title: 'f.partners', value: shown(scoped.partners, t) },
  { title: 'f.own', value: <YesNo value={scoped.own} /> },
];

export const limitField: FieldSpec = { name: 'requests_per_second', title: 'f.requests_per_second', kind: 'decimal' };

/** How many requests a second a client may send; left open, as many as everybody. */
export const limitEntered = (values: FieldValues): { requests_per_second: number } => ({
  requests_per_second: Number(textOf(values, 'requests_per_second') || '0'),
});
