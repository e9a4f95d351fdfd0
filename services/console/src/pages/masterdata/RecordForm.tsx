import { Button, Checkbox, Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import type { CommandHeaders } from '../../api/client';
import { useWords, type Key } from '../../i18n';
import { useCommand } from '../../parts/command';
import { DocumentHead, Panel } from '../../parts/document/Document';
import { Field } from '../../parts/Field';
import { ProblemNote } from '../../parts/ProblemNote';

export type FormField =
  | { name: string; title: Key; kind: 'text' | 'number'; need?: boolean; fixed?: boolean }
  | { name: string; title: Key; kind: 'choice' | 'choices'; values: readonly string[]; need?: boolean; fixed?: boolean }
  | { name: string; title: Key; kind: 'tick'; need?: boolean; fixed?: boolean };

export type FormValues = Readonly<Record<string, string | boolean | readonly string[] | null>>;

/** Creating or changing a master record. What a record keeps for life (`fixed`) is entered once. */
export function RecordForm<Out>({
  kind,
  name,
  fields,
  first,
  known,
  send,
  concerns,
  onDone,
  onCancel,
  version,
}: {
  kind: Key;
  name: string;
  fields: readonly FormField[];
  first: FormValues;
  known: boolean;
  /** Only what changed is sent for a known record. */
  send: (values: Record<string, unknown>, header: CommandHeaders) => Promise<Out>;
  concerns: readonly (readonly string[])[];
  onDone: (out: Out) => void;
  onCancel?: () => void;
  version?: number;
}): ReactNode {
  const { t, value } = useWords();
  const navigate = useNavigate();
  const [values, setValues] = useState<FormValues>(first);
  const save = useCommand<Record<string, unknown>, Out>(send, { version, concerns, done: t('do.save'), onDone });
  const set = (field: string, next: string | boolean | readonly string[]): void =>
    setValues((now) => ({ ...now, [field]: next }));
  const submit = (): void => {
    const out: Record<string, unknown> = {};
    for (const field of fields) {
      const given = values[field.name];
      const before = first[field.name];
      if (known && (field.fixed || JSON.stringify(given) === JSON.stringify(before))) continue;
      if (!known && (given === '' || given === null || given === undefined)) continue;
      out[field.name] = given === '' && field.kind === 'number' ? null : given;
    }
    void save.run(out);
  };
  return (
    <form
      className={known ? '' : 'page'}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {!known && <DocumentHead kind={kind} number={name} />}
      <ProblemNote problem={save.problem} shown={(pointer) => fields.some((field) => pointer === `/${field.name}`)} />
      <Panel>
        <div className="form">
          {fields
            .filter((field) => !(known && field.fixed))
            .map((field) => {
              const now = values[field.name];
              if (field.kind === 'tick') {
                return (
                  <Checkbox key={field.name} checked={now === true} onChange={(event) => set(field.name, event.target.checked)}>
                    {t(field.title)}
                  </Checkbox>
                );
              }
              return (
                <Field key={field.name} title={field.title} need={field.need ?? false} problem={save.problem} pointer={`/${field.name}`}>
                  {(id, invalid) =>
                    field.kind === 'choice' || field.kind === 'choices' ? (
                      <Select<string | string[]>
                        id={id}
                        aria-label={t(field.title)}
                        {...(field.kind === 'choices' ? { mode: 'multiple' as const } : {})}
                        value={(now as string | string[] | null) ?? (field.kind === 'choices' ? [] : '')}
                        status={invalid ? 'error' : ''}
                        onChange={(next) => set(field.name, next)}
                        options={field.values.map((each) => ({ value: each, label: value(each) }))}
                      />
                    ) : (
                      <Input
                        id={id}
                        className={field.kind === 'number' ? 'num' : ''}
                        inputMode={field.kind === 'number' ? 'decimal' : 'text'}
                        status={invalid ? 'error' : ''}
                        value={typeof now === 'string' ? now : ''}
                        onChange={(event) => set(field.name, event.target.value)}
                      />
                    )
                  }
                </Field>
              );
            })}
        </div>
        <div className="submit-bar">
          <Button onClick={() => (onCancel ? onCancel() : void navigate(-1))}>{t('do.cancel')}</Button>
          <Button type="primary" htmlType="submit" loading={save.busy}>
            {t('do.save')}
          </Button>
        </div>
      </Panel>
    </form>
  );
}

/** A record's members as the form shows them. */
export function formValues(record: object, fields: readonly FormField[]): FormValues {
  const members = record as Record<string, unknown>;
  return Object.fromEntries(
    fields.map((field) => {
      const value = members[field.name];
      if (Array.isArray(value) || typeof value === 'boolean') return [field.name, value as boolean | string[]];
      return [field.name, value === null || value === undefined ? '' : String(value)];
    }),
  );
}
