import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useWords } from '../../i18n';
import { DateInput } from '../../parts/DateInput';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Field } from '../../parts/Field';
import { LookupField } from '../../parts/LookupField';
import { EntryName } from '../EntryName';

const columns: readonly EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 180 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 56, show: (line) => line.entry?.unit },
  { name: 'unit_price', title: 'f.unit_price', kind: 'decimal', width: 110 },
  { name: 'quantity_limit', title: 'f.quantity_limit', kind: 'decimal', width: 120 },
  { name: 'amount_limit', title: 'f.amount_limit', kind: 'decimal', width: 130 },
];

export default function NewAgreement(): ReactNode {
  const { t } = useWords();
  const [supplier, setSupplier] = useState('');
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  return (
    <Allowed permission="purchasing.agreement.create">
      <EntryForm<Schemas['purchasing_AgreementIn'], Schemas['purchasing_AgreementView']>
        kind="nav.purchasing.agreements"
        submit="agreement.create"
        columns={columns}
        headPointers={['/supplier', '/valid_from', '/valid_until']}
        head={(problem) => (
          <>
            <LookupField title="f.supplier" kind="suppliers" need autoFocus value={supplier} onChange={setSupplier} problem={problem} pointer="/supplier" />
            <Field title="f.valid_from" need problem={problem} pointer="/valid_from">
              {(id) => <DateInput id={id} label={t('f.valid_from')} value={from} onChange={setFrom} />}
            </Field>
            <Field title="f.valid_until" need problem={problem} pointer="/valid_until">
              {(id) => <DateInput id={id} label={t('f.valid_until')} value={until} onChange={setUntil} />}
            </Field>
          </>
        )}
        body={(company, lines) => ({
          company,
          supplier,
          valid_from: from,
          valid_until: until,
          lines: lines.map(({ values }) => ({
            item: values['item'] ?? '',
            unit_price: values['unit_price'] ?? '',
            ...(values['quantity_limit'] ? { quantity_limit: values['quantity_limit'] } : {}),
            ...(values['amount_limit'] ? { amount_limit: values['amount_limit'] } : {}),
          })),
        })}
        send={(body, header) => ask(api.POST('/api/v1/purchasing/agreements', { params: { header }, body }))}
        concerns={[['purchasing']]}
        to={(agreement) => `/purchasing/agreements/${agreement.id}`}
        back="/purchasing/agreements"
      />
    </Allowed>
  );
}
