import type { ReactNode } from 'react';

import { useCompanyCode } from '../api/company';
import { useEntry, type Kind } from '../api/directory';
import type { Problem } from '../api/problem';
import { useWords, type Key } from '../i18n';
import { Field } from './Field';
import { Lookup } from './Lookup';

/** A field that names a record, with the record's name below. */
export function LookupField(props: {
  title: Key;
  kind: Kind;
  value: string;
  onChange: (code: string) => void;
  problem?: Problem | null;
  pointer?: string;
  need?: boolean;
  autoFocus?: boolean;
}): ReactNode {
  const { t, either } = useWords();
  const company = useCompanyCode();
  const entry = useEntry(props.kind, company, props.value);
  return (
    <Field
      title={props.title}
      need={props.need ?? false}
      problem={props.problem}
      {...(props.pointer ? { pointer: props.pointer } : {})}
      note={entry && <span className="quiet">{either(entry.name, entry.nameEn)}</span>}
    >
      {(id, invalid) => (
        <Lookup
          id={id}
          kind={props.kind}
          company={company}
          label={t(props.title)}
          placeholder={t('entry.code')}
          value={props.value}
          invalid={invalid}
          autoFocus={props.autoFocus ?? false}
          onChange={(code) => props.onChange(code)}
          onEnter={() => focusAfter(id)}
        />
      )}
    </Field>
  );
}

/** Enter in a header's field goes on to the next one, and from the last into the lines. */
function focusAfter(id: string): void {
  const fields = [...document.querySelectorAll<HTMLElement>('.form input, [data-cell="0.0"]')];
  const at = fields.findIndex((field) => field.id === id);
  fields[at + 1]?.focus();
}
