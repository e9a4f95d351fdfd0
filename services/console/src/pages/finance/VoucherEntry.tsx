/** A voucher written by hand: posted at once, or kept as a draft for somebody else to post. */

import { useState, type ReactNode } from 'react';

import type { CommandHeaders, Schemas } from '../../api/client';
import { useWords, type Key } from '../../i18n';
import { isZero, minus, sum } from '../../lib/decimal';
import { EntryForm, type EntryFormProps } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Fields, given, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { Money } from '../../parts/show';
import { EntryName } from '../EntryName';

export type VoucherBody = Schemas['finance_VoucherIn'];

const columns: EntryColumn[] = [
  { name: 'account', title: 'f.account', kind: 'lookup', of: 'accounts', width: 150 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'debit', title: 'f.debit', kind: 'decimal', width: 130 },
  { name: 'credit', title: 'f.credit', kind: 'decimal', width: 130 },
  { name: 'text', title: 'f.text', kind: 'text' },
  { name: 'partner', title: 'f.partner', kind: 'text', width: 120 },
];
const head: FieldSpec[] = [
  { name: 'text', title: 'f.text', kind: 'text', need: true },
  { name: 'posting_date', title: 'f.posting_date', kind: 'date' },
  { name: 'reference', title: 'f.reference', kind: 'text' },
];

export function VoucherEntry<Out extends { id: string }>({
  kind,
  submit,
  place,
  first,
  of,
  send,
}: {
  kind: Key;
  submit: Key;
  /** Where these documents are. */
  place: string;
  first: FieldValues;
  of?: NonNullable<EntryFormProps<VoucherBody, Out>['of']>;
  send: (body: VoucherBody, header: CommandHeaders) => Promise<Out>;
}): ReactNode {
  const { t } = useWords();
  const [values, setValues] = useState<FieldValues>(first);
  return (
    <EntryForm<VoucherBody, Out>
      kind={kind}
      submit={submit}
      columns={columns}
      headPointers={head.map((field) => `/${field.name}`)}
      head={(problem) => (
        <Fields fields={head} values={values} problem={problem} onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
      )}
      body={(company, lines) => ({
        ...given<VoucherBody>(values),
        company,
        lines: lines.map((line) => given<Schemas['finance_VoucherLineIn']>(line.values)),
      })}
      send={send}
      concerns={[['finance']]}
      to={(made) => `${place}/${made.id}`}
      back={place}
      {...(of ? { of } : {})}
      totals={(lines) => {
        const [debit, credit] = [sum(lines.map((line) => line.values['debit'])), sum(lines.map((line) => line.values['credit']))];
        const difference = minus(debit, credit, 2);
        return (
          <>
            <span className="quiet">{t('f.debit')} <Money value={debit} /></span>
            <span className="quiet">{t('f.credit')} <Money value={credit} /></span>
            {isZero(difference) ? (
              <span className="tag tag-good">{t('voucher.balanced')}</span>
            ) : (
              <span>{t('voucher.off')} <b><Money value={difference} /></b></span>
            )}
          </>
        );
      }}
    />
  );
}
