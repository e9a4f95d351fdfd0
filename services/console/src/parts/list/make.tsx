/** Columns of the usual kinds. */

import type { ReactNode } from 'react';
import { Link } from 'react-router';

import type { Kind } from '../../api/directory';
import type { Key } from '../../i18n';
import { ItemName, Moment, Money, Named, Quantity, StatusTag } from '../show';
import { WordCell } from '../words';
import type { Column } from './spec';

type Get<Row> = (row: Row) => string | null | undefined;
type More = Partial<Pick<Column<never>, 'sort' | 'extra' | 'numeric'>>;

const base = <Row,>(key: string, title: Key, get: Get<Row>, cell: (row: Row) => ReactNode, more: More): Column<Row> => ({
  key, title, cell, text: (row) => get(row) ?? '', ...more,
});

export const text = <Row,>(key: string, title: Key, get: Get<Row>, more: More = {}): Column<Row> =>
  base(key, title, get, (row) => get(row), more);

export const link = <Row,>(key: string, title: Key, get: Get<Row>, to: (row: Row) => string, more: More = {}): Column<Row> =>
  base(key, title, get, (row) => <Link to={to(row)}>{get(row)}</Link>, more);

export const money = <Row,>(key: string, title: Key, get: Get<Row>, more: More = {}): Column<Row> =>
  base(key, title, get, (row) => <Money value={get(row)} />, { numeric: true, ...more });

export const quantity = <Row,>(key: string, title: Key, get: Get<Row>, more: More = {}): Column<Row> =>
  base(key, title, get, (row) => <Quantity value={get(row)} />, { numeric: true, ...more });

export const status = <Row,>(get: Get<Row>, more: More & { of?: string } = {}): Column<Row> => {
  const { of, ...rest } = more;
  return base('status', 'f.status', get, (row) => <StatusTag status={get(row)} of={of} />, rest);
};

/** A word of the API, in the language of the screen. */
export const word = <Row,>(key: string, title: Key, get: Get<Row>, more: More & { of?: string } = {}): Column<Row> => {
  const { of, ...rest } = more;
  return base(key, title, get, (row) => <WordCell word={get(row)} of={of} />, rest);
};

export const moment = <Row,>(key: string, title: Key, get: Get<Row>, more: More = {}): Column<Row> =>
  base(key, title, get, (row) => <Moment value={get(row)} />, more);

export const item = <Row,>(get: Get<Row>, more: More = {}): Column<Row> =>
  base('item', 'f.item', get, (row) => <ItemName code={get(row)} />, more);

export const named = <Row,>(key: string, title: Key, kind: Kind, get: Get<Row>, more: More = {}): Column<Row> =>
  base(key, title, get, (row) => <Named kind={kind} code={get(row)} />, more);
