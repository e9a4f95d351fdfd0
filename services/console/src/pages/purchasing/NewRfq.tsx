import { CloseOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { DateInput } from '../../parts/DateInput';
import { EntryForm } from '../../parts/entry/EntryForm';
import type { EntryColumn } from '../../parts/entry/EntryGrid';
import { Field } from '../../parts/Field';
import { Lookup } from '../../parts/Lookup';
import { LookupField } from '../../parts/LookupField';
import { Named } from '../../parts/show';
import { EntryName } from '../EntryName';

const columns: readonly EntryColumn[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 180 },
  { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 120 },
  { name: 'unit', title: 'f.unit', kind: 'shown', width: 60, show: (line) => line.entry?.unit },
];

/** Suppliers one after the other: each that is found joins those asked. */
function Suppliers({ chosen, onChange, problem }: { chosen: readonly string[]; onChange: (codes: string[]) => void; problem: Problem | null }): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const [typed, setTyped] = useState('');
  return (
    <Field
      title="rfq.suppliers"
      need
      problem={problem}
      pointer="/suppliers"
      note={
        <ul className="links">
          {chosen.map((code) => (
            <li key={code}>
              <span className="grow"><Named kind="suppliers" code={code} /></span>
              <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('rfq.remove', { code })}
                onClick={() => onChange(chosen.filter((each) => each !== code))} />
            </li>
          ))}
        </ul>
      }
    >
      {(id, invalid) => (
        <Lookup
          // one more is chosen: an empty field, ready for the next
          key={chosen.length}
          autoFocus={chosen.length > 0}
          id={id}
          kind="suppliers"
          company={company}
          label={t('rfq.suppliers')}
          placeholder={t('rfq.addSupplier')}
          value={typed}
          invalid={invalid}
          onChange={(code, entry) => {
            if (entry && !chosen.includes(entry.code)) onChange([...chosen, entry.code]);
            setTyped(entry ? '' : code);
          }}
        />
      )}
    </Field>
  );
}

export default function NewRfq(): ReactNode {
  const { t } = useWords();
  const [warehouse, setWarehouse] = useState('');
  const [until, setUntil] = useState('');
  const [suppliers, setSuppliers] = useState<string[]>([]);
  return (
    <Allowed permission="purchasing.rfq.create">
      <EntryForm<Schemas['purchasing_RfqIn'], Schemas['purchasing_RfqView']>
        kind="nav.purchasing.rfqs"
        submit="rfq.create"
        columns={columns}
        headPointers={['/warehouse', '/answer_until', '/suppliers']}
        head={(problem) => (
          <>
            <LookupField title="f.warehouse" kind="warehouses" need autoFocus value={warehouse} onChange={setWarehouse} problem={problem} pointer="/warehouse" />
            <Field title="f.answer_until" need problem={problem} pointer="/answer_until">
              {(id) => <DateInput id={id} label={t('f.answer_until')} value={until} onChange={setUntil} />}
            </Field>
            <Suppliers chosen={suppliers} onChange={setSuppliers} problem={problem} />
          </>
        )}
        body={(company, lines) => ({
          company,
          warehouse,
          suppliers,
          answer_until: until,
          lines: lines.map(({ values }) => ({ item: values['item'] ?? '', quantity: values['quantity'] ?? '' })),
        })}
        send={(body, header) => ask(api.POST('/api/v1/purchasing/rfqs', { params: { header }, body }))}
        concerns={[['purchasing']]}
        to={(rfq) => `/purchasing/rfqs/${rfq.id}`}
        back="/purchasing/rfqs"
      />
    </Allowed>
  );
}
