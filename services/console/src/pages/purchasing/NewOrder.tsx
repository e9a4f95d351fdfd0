import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompany } from '../../api/company';
import { useWords } from '../../i18n';
import { lineAmount, sum } from '../../lib/decimal';
import { DateInput } from '../../parts/DateInput';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn, EntryLine } from '../../parts/entry/EntryGrid';
import { Field } from '../../parts/Field';
import { LookupField } from '../../parts/LookupField';
import { Money } from '../../parts/show';
import { EntryName } from '../EntryName';

const netOf = ({ values }: EntryLine): string => lineAmount(values['quantity'] ?? '', values['unit_price'] ?? '') ?? '0.00';

const columns: EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 180 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 100 },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 56, show: (line) => line.entry?.unit },
  { name: 'unit_price', title: 'f.unit_price', kind: 'decimal', width: 110 },
  { name: 'due_date', title: 'f.due_date', kind: 'date', width: 130 },
  { name: 'amount', title: 'f.amount_net', kind: 'shown', width: 120, show: (line) => <div className="num"><Money value={netOf(line)} /></div> },
];

export default function NewPurchaseOrder(): ReactNode {
  const { t } = useWords();
  const company = useCompany();
  const [supplier, setSupplier] = useState('');
  const [warehouse, setWarehouse] = useState('');
  const [due, setDue] = useState('');
  return (
    <Allowed permission="purchasing.order.create">
      <EntryForm<Schemas['purchasing_OrderIn'], Schemas['purchasing_OrderView']>
        kind="nav.purchasing.orders"
        submit="do.save"
        columns={columns}
        headPointers={['/supplier', '/warehouse', '/due_date']}
        head={(problem) => (
          <>
            <LookupField title="f.supplier" kind="suppliers" need autoFocus value={supplier} onChange={setSupplier} problem={problem} pointer="/supplier" />
            <LookupField title="f.warehouse" kind="warehouses" need value={warehouse} onChange={setWarehouse} problem={problem} pointer="/warehouse" />
            <Field title="f.due_date" problem={problem} pointer="/due_date">
              {(id) => <DateInput id={id} label={t('f.due_date')} value={due} onChange={setDue} />}
            </Field>
          </>
        )}
        body={(code, lines) => ({
          company: code,
          supplier,
          warehouse,
          lines: lines.map(({ values }) => ({
            item: values['item'] ?? '',
            quantity: values['quantity'] ?? '',
            ...(values['unit_price'] ? { unit_price: values['unit_price'] } : {}),
            ...(values['due_date'] || due ? { due_date: values['due_date'] || due } : {}),
          })),
        })}
        send={(body, header) => ask(api.POST('/api/v1/purchasing/orders', { params: { header }, body }))}
        concerns={[['purchasing']]}
        to={(order) => `/purchasing/orders/${order.id}`}
        back="/purchasing/orders"
        totals={(lines) => (
          <span>
            {t('f.amount_net')} <b><Money value={sum(lines.map(netOf))} /></b> {company?.currency}
          </span>
        )}
      />
    </Allowed>
  );
}
