import { Input } from 'antd';
import { useState, type ReactNode } from 'react';

import type { CommandHeaders, Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { plain } from '../../lib/decimal';
import { DateInput } from '../../parts/DateInput';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn, EntryLine } from '../../parts/entry/EntryGrid';
import { Field } from '../../parts/Field';
import { LookupField } from '../../parts/LookupField';
import { EntryName } from '../EntryName';

type PriceList = Schemas['sales_PriceListView'];
export type PriceListBody = Schemas['sales_CreatePriceList'];

interface Props {
  of?: { list: PriceList; lines: readonly EntryLine[] };
  send: (body: PriceListBody, header: CommandHeaders) => Promise<PriceList>;
}

const columns: readonly EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 168 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 60, show: (line) => line.entry?.unit },
  { name: 'from_quantity', title: 'f.from_quantity', kind: 'decimal', width: 110 },
  { name: 'unit_price', title: 'f.unit_price', kind: 'decimal', width: 120, hint: (line) => plain(line.entry?.price, 2) },
];

/** A price list written, or written anew: code and customer stay what they were. */
export function PriceListEntry({ of, send }: Props): ReactNode {
  const { t } = useWords();
  const [code, setCode] = useState(of?.list.code ?? '');
  const [name, setName] = useState(of?.list.name ?? '');
  const [customer, setCustomer] = useState(of?.list.customer ?? '');
  const [from, setFrom] = useState(of?.list.valid_from ?? '');
  const [until, setUntil] = useState(of?.list.valid_until ?? '');
  return (
    <EntryForm<PriceListBody, PriceList>
      kind="nav.sales.priceLists"
      submit={of ? 'do.save' : 'priceList.create'}
      back={of ? `/sales/price-lists/${of.list.id}` : '/sales/price-lists'}
      list="prices"
      columns={columns}
      {...(of ? { of: { number: of.list.code, version: of.list.version, lines: of.lines } } : {})}
      headPointers={['/code', '/name', '/customer', '/valid_from', '/valid_until']}
      head={(problem) => (
        <>
          <Field title="f.code" need problem={problem} pointer="/code">
            {(id) => <Input id={id} autoFocus={!of} readOnly={Boolean(of)} value={code} onChange={(event) => setCode(event.target.value)} />}
          </Field>
          <Field title="f.name" need problem={problem} pointer="/name">
            {(id) => <Input id={id} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          {of ? (
            <Field title="f.for_customer" problem={problem} pointer="/customer">
              {(id) => <Input id={id} readOnly value={customer || t('priceList.everybody')} />}
            </Field>
          ) : (
            <LookupField title="f.for_customer" kind="customers" value={customer} problem={problem} pointer="/customer" onChange={setCustomer} />
          )}
          <Field title="f.valid_from" problem={problem} pointer="/valid_from">
            {(id) => <DateInput id={id} label={t('f.valid_from')} value={from} onChange={setFrom} />}
          </Field>
          <Field title="f.valid_until" problem={problem} pointer="/valid_until">
            {(id) => <DateInput id={id} label={t('f.valid_until')} value={until} onChange={setUntil} />}
          </Field>
        </>
      )}
      body={(here, lines) => ({
        company: here,
        code,
        name,
        ...(customer ? { customer } : {}),
        ...(from ? { valid_from: from } : {}),
        valid_until: until || null,
        prices: lines.map(({ values }) => ({
          item: values['item'] ?? '',
          unit_price: values['unit_price'] ?? '',
          ...(values['from_quantity'] ? { from_quantity: values['from_quantity'] } : {}),
        })),
      })}
      send={send}
      concerns={[['sales']]}
      to={(list) => `/sales/price-lists/${list.id}`}
    />
  );
}
