import { Button, Checkbox, Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { numberOf } from '../../parts/entry/paste';
import { useCommand } from '../../parts/command';
import { DateInput } from '../../parts/DateInput';
import { Field } from '../../parts/Field';
import { ListPage } from '../../parts/list/ListPage';
import { money, named, text } from '../../parts/list/make';
import type { ListSpec } from '../../parts/list/spec';
import { ProblemNote } from '../../parts/ProblemNote';
import { store, useStore } from '../../lib/store';

type Row = Schemas['sales_CreditProfileView'];

const editing = store<Row | null>(null);

function EditButton({ row }: { row: Row }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  if (!may('sales.credit_profile.set')) return null;
  return (
    <Button size="small" type="link" onClick={() => editing.set(row)}>
      {t('do.edit')}
    </Button>
  );
}

const spec: ListSpec<Row> = {
  id: 'credit',
  title: 'nav.sales.credit',
  permission: 'sales.credit_profile.read',
  queryKey: ['sales', 'credit'],
  load: ({ filters, ...paging }) => ask(api.GET('/api/v1/sales/credit-profiles', { params: { query: { ...filters, ...paging } } })),
  rowKey: (row) => row.customer,
  byCompany: true,
  filters: [{ name: 'customer', title: 'f.customer', kind: 'lookup', of: 'customers' }],
  columns: [
    named('customer', 'f.customer', 'customers', (row) => row.customer),
    money('credit_limit', 'f.credit_limit', (row) => row.credit_limit),
    money('open_orders', 'f.open_orders', (row) => row.exposure.open_orders),
    money('unacknowledged', 'f.unacknowledged', (row) => row.exposure.unacknowledged),
    money('receivable', 'f.receivable', (row) => row.exposure.receivable),
    money('overdue', 'f.overdue', (row) => row.exposure.overdue),
    money('exposure', 'f.exposure', (row) => row.exposure.total),
    money('available', 'sales.creditFree', (row) => row.exposure.available),
    text('valid_until', 'f.valid_until', (row) => row.valid_until),
    { key: 'edit', title: 'do.edit', cell: (row) => <EditButton row={row} />, text: () => '' },
  ],
};

function Edit({ row }: { row: Row }): ReactNode {
  const { t } = useWords();
  const [limit, setLimit] = useState(row.credit_limit ?? '');
  const [overdue, setOverdue] = useState(row.check_overdue);
  const [until, setUntil] = useState(row.valid_until ?? '');
  const save = useCommand<Schemas['sales_SetCreditProfile'], unknown>(
    (body) =>
      ask(
        api.PUT('/api/v1/sales/credit-profiles/{customer}', {
          params: { path: { customer: row.customer }, header: forVersion(row.version) },
          body,
        }),
      ),
    { concerns: [['sales']], done: t('do.save'), onDone: () => editing.set(null) },
  );
  return (
    <Modal
      open
      title={`${t('nav.sales.credit')} · ${row.customer}`}
      okText={t('do.save')}
      confirmLoading={save.busy}
      onCancel={() => editing.set(null)}
      onOk={() =>
        void save.run({
          company: row.company, credit_limit: limit || null, check_overdue: overdue, valid_until: until || null,
        })
      }
    >
      <ProblemNote problem={save.problem} shown={(pointer) => pointer === '/credit_limit' || pointer === '/valid_until'} />
      <div className="form">
        <Field title="f.credit_limit" problem={save.problem} pointer="/credit_limit">
          {(id) => <Input id={id} className="num" value={limit} onChange={(event) => setLimit(numberOf(event.target.value))} />}
        </Field>
        <Field title="f.valid_until" problem={save.problem} pointer="/valid_until">
          {(id) => <DateInput id={id} label={t('f.valid_until')} value={until} onChange={setUntil} />}
        </Field>
        <Checkbox checked={overdue} onChange={(event) => setOverdue(event.target.checked)}>
          {t('f.check_overdue')}
        </Checkbox>
      </div>
    </Modal>
  );
}

export default function Credit(): ReactNode {
  const row = useStore(editing);
  return (
    <>
      <ListPage spec={spec} />
      {row && <Edit key={`${row.customer}${row.version}`} row={row} />}
    </>
  );
}
