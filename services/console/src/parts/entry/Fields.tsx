import { Button, Checkbox, Input, Select } from 'antd';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { Allowed } from '../../app/Ends';
import type { CommandHeaders } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import type { Kind } from '../../api/directory';
import type { Problem } from '../../api/problem';
import { useWords, type Key } from '../../i18n';
import { useCommand } from '../command';
import { DateInput } from '../DateInput';
import { DocumentHead, Panel } from '../document/Document';
import { Field } from '../Field';
import { LookupField } from '../LookupField';
import { ProblemNote } from '../ProblemNote';
import { numberOf } from './paste';

/** What is longer than this is shown in a high field. One that grows by itself would need styles that the page's policy forbids. */
const LONG = 200;

interface Base {
  name: string;
  title: Key;
  need?: boolean;
}

/** A field of a document or of a question, as it is described. */
export type FieldSpec = Base &
  (
    | { kind: 'text' | 'long' | 'secret' | 'decimal' | 'date' | 'tick' | 'words' }
    | { kind: 'lookup'; of: Kind }
    | { kind: 'choice' | 'choices'; options: readonly { value: string; label: string }[] }
  );

export type FieldValues = Readonly<Record<string, string | boolean | readonly string[]>>;

export const textOf = (values: FieldValues, name: string): string => {
  const value = values[name];
  return typeof value === 'string' ? value.trim() : '';
};
export const ticked = (values: FieldValues, name: string): boolean => values[name] === true;
export const listOf = (values: FieldValues, name: string): string[] => {
  const value = values[name];
  return Array.isArray(value) ? [...(value as readonly string[])] : [];
};

/** What was filled in, under the API's names. What was left open is left out: the service has a default for it, or says that it is needed. */
export function given<Body = Record<string, unknown>>(values: FieldValues): Body {
  return Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value] as const)
      .filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0)),
  ) as Body;
}

export const pointersOf = (fields: readonly FieldSpec[]): ((pointer: string) => boolean) => {
  const names = new Set(fields.map((field) => `/${field.name}`));
  return (pointer) => names.has(pointer);
};

export function Fields({
  fields,
  values,
  onChange,
  problem,
}: {
  fields: readonly FieldSpec[];
  values: FieldValues;
  onChange: (name: string, value: string | boolean | readonly string[]) => void;
  problem: Problem | null;
}): ReactNode {
  const { t } = useWords();
  return (
    <>
      {fields.map((field, index) => {
        const common = { title: field.title, need: field.need ?? false, problem, pointer: `/${field.name}` };
        const first = index === 0;
        if (field.kind === 'lookup') {
          return (
            <LookupField key={field.name} {...common} kind={field.of} autoFocus={first} value={textOf(values, field.name)}
              onChange={(code) => onChange(field.name, code)} />
          );
        }
        if (field.kind === 'tick') {
          return (
            <Checkbox key={field.name} checked={ticked(values, field.name)} onChange={(event) => onChange(field.name, event.target.checked)}>
              {t(field.title)}
            </Checkbox>
          );
        }
        return (
          <Field key={field.name} {...common}>
            {(id) => {
              if (field.kind === 'date') {
                return <DateInput id={id} label={t(field.title)} value={textOf(values, field.name)} onChange={(day) => onChange(field.name, day)} />;
              }
              if (field.kind === 'choice') {
                return (
                  <Select id={id} allowClear={!field.need} aria-label={t(field.title)} options={[...field.options]}
                    value={textOf(values, field.name) || null} onChange={(value: string | null) => onChange(field.name, value ?? '')} />
                );
              }
              if (field.kind === 'choices' || field.kind === 'words') {
                return (
                  <Select id={id} mode={field.kind === 'words' ? 'tags' : 'multiple'} aria-label={t(field.title)}
                    options={field.kind === 'choices' ? [...field.options] : []} optionFilterProp="label"
                    value={listOf(values, field.name)} onChange={(value: string[]) => onChange(field.name, value)} />
                );
              }
              const value = values[field.name];
              const text = typeof value === 'string' ? value : '';
              if (field.kind === 'long') {
                return <Input.TextArea id={id} rows={text.length > LONG ? 14 : 3} autoFocus={first} value={text} onChange={(event) => onChange(field.name, event.target.value)} />;
              }
              if (field.kind === 'secret') {
                return <Input.Password id={id} autoComplete="new-password" autoFocus={first} value={text} onChange={(event) => onChange(field.name, event.target.value)} />;
              }
              return (
                <Input
                  id={id}
                  autoComplete="off"
                  autoFocus={first}
                  {...(field.kind === 'decimal' ? { className: 'num', inputMode: 'decimal' as const } : {})}
                  value={text}
                  onChange={(event) => onChange(field.name, event.target.value)}
                  onBlur={(event) => field.kind === 'decimal' && onChange(field.name, numberOf(event.target.value))}
                />
              );
            }}
          </Field>
        );
      })}
    </>
  );
}

export interface FieldsPageProps<Out> {
  kind: Key;
  submit: Key;
  permission: string;
  fields: readonly FieldSpec[];
  first?: FieldValues;
  send: (values: FieldValues, company: string, headers: CommandHeaders) => Promise<Out>;
  concerns: readonly (readonly string[])[];
  to?: (out: Out) => string;
  onDone?: (out: Out) => void;
  back: string;
  /** What one should know before. */
  note?: Key;
}

/** A document that has no lines of its own: entered on one page. */
export function FieldsPage<Out>(props: FieldsPageProps<Out>): ReactNode {
  return (
    <Allowed permission={props.permission}>
      <Entry {...props} />
    </Allowed>
  );
}

function Entry<Out>(props: FieldsPageProps<Out>): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const company = useCompanyCode();
  const [values, setValues] = useState<FieldValues>(props.first ?? {});
  const command = useCommand<FieldValues, Out>((input, headers) => props.send(input, company, headers), {
    concerns: props.concerns,
    done: t(props.submit),
    onDone: (out) => {
      props.onDone?.(out);
      if (props.to) void navigate(props.to(out));
    },
  });
  return (
    <form
      className="page"
      onSubmit={(event) => {
        event.preventDefault();
        void command.run(values);
      }}
    >
      <DocumentHead kind={props.kind} number={t('do.new')}>
        <Button onClick={() => void navigate(props.back)}>{t('do.cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={command.busy}>
          {t(props.submit)}
        </Button>
      </DocumentHead>
      <ProblemNote problem={command.problem} shown={pointersOf(props.fields)} />
      <Panel>
        <div className="form">
          <Fields fields={props.fields} values={values} problem={command.problem}
            onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        </div>
        {props.note && <p className="panel-body quiet">{t(props.note)}</p>}
      </Panel>
    </form>
  );
}
