/** What a list is made of: pages describe theirs, the parts do the rest. */

import type { ReactNode } from 'react';

import type { CommandHeaders, PageOf } from '../../api/client';
import type { Kind } from '../../api/directory';
import type { Key } from '../../i18n';

export interface Column<Row> {
  key: string;
  title: Key;
  cell: (row: Row) => ReactNode;
  /** The plain text for the exported file. */
  text: (row: Row) => string;
  numeric?: boolean;
  /** The name by which the service sorts. */
  sort?: string;
  /** Not shown until chosen. */
  extra?: boolean;
}

export type Filter =
  | { name: string; title: Key; kind: 'text' }
  | { name: string; title: Key; kind: 'choice'; values: readonly string[]; words?: Readonly<Record<string, Key>>; of?: string }
  | { name: string; title: Key; kind: 'date' }
  | { name: string; title: Key; kind: 'lookup'; of: Kind };

export interface Asked {
  /** The filters that are set, by their names in the API, and the company where the list has one. */
  filters: Record<string, string>;
  sort?: string;
  cursor?: string;
  limit: string;
}

/** A row that was not done, and why. */
export interface Refused {
  key: string;
  reason: string;
}

export interface ListSpec<Row> {
  /** What the browser remembers of the list goes by this name. */
  id: string;
  title: Key;
  permission: string;
  /** The beginning of its queries' keys: service and collection, as events make them old. */
  queryKey: readonly string[];
  load: (asked: Asked) => Promise<PageOf<Row>>;
  columns: readonly Column<Row>[];
  filters: readonly Filter[];
  rowKey: (row: Row) => string;
  open?: (row: Row) => string;
  /** Sorted so when nothing else is asked for. */
  sort?: string;
  /** Asked for again after so many milliseconds, where no event tells of what changes. */
  often?: number;
  /** Whether the list is of the company shown. */
  byCompany?: boolean;
  create?: { path: string; permission: string };
  /** What may be done with many rows at once. */
  bulk?: {
    title: Key;
    permission: string;
    can: (row: Row) => boolean;
    send: (keys: readonly string[], headers: CommandHeaders) => Promise<readonly Refused[]>;
    concerns: readonly (readonly string[])[];
  };
}
