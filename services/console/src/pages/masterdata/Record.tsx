import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import type { CommandHeaders } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords, type Key } from '../../i18n';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Panel, type Fact } from '../../parts/document/Document';
import { ProblemNote } from '../../parts/ProblemNote';
import { plain } from '../../lib/decimal';
import { RecordForm, formValues, type FormField } from './RecordForm';

interface Known {
  code: string;
  name: string;
  version: number;
  active?: boolean;
}

/** A master record: seen, changed in place, put out of use and back. */
export function MasterRecord<Row extends Known>({
  kind,
  record,
  fields,
  permission,
  concerns,
  change,
  activate,
  deactivate,
  children,
}: {
  kind: Key;
  record: Row;
  fields: readonly FormField[];
  permission: string;
  concerns: readonly (readonly string[])[];
  change: (values: Record<string, unknown>, version: number) => Promise<Row>;
  activate: (header: CommandHeaders) => Promise<Row>;
  deactivate: (header: CommandHeaders) => Promise<Row>;
  children?: ReactNode;
}): ReactNode {
  const { t, value } = useWords();
  const may = useMay();
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const first = formValues(record, fields);
  const common = { version: record.version, number: record.code, permission, concerns, onProblem: setProblem };
  const shown = (field: FormField): ReactNode => {
    const now = first[field.name];
    if (typeof now === 'boolean') return t(now ? 'state.yes' : 'state.no');
    if (Array.isArray(now)) return now.map((each: string) => value(each)).join(', ');
    if (typeof now !== 'string') return null;
    if (field.kind === 'choice') return value(now);
    return field.kind === 'number' ? plain(now, 2) : now;
  };
  return (
    <div className="page">
      <DocumentHead kind={kind} number={`${record.code} ${record.name}`} status={record.active === false ? 'inactive' : 'active'}>
        <Action {...common} title="masterdata.activate" when={record.active === false} send={activate} />
        <Action {...common} grave title="masterdata.deactivate" when={record.active !== false} send={deactivate} />
        {may(permission) && !editing && (
          <Button type="primary" onClick={() => setEditing(true)}>
            {t('do.edit')}
          </Button>
        )}
      </DocumentHead>
      <ProblemNote problem={problem} />
      {editing ? (
        <RecordForm
          key={record.version}
          kind={kind}
          name={record.code}
          fields={fields}
          first={first}
          known
          version={record.version}
          send={(values) => change(values, record.version)}
          concerns={concerns}
          onDone={() => setEditing(false)}
          onCancel={() => setEditing(false)}
        />
      ) : (
        <Panel>
          <Facts facts={fields.map((field): Fact => ({ title: field.title, value: shown(field) }))} />
        </Panel>
      )}
      {children}
    </div>
  );
}
