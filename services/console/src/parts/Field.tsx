import { useId, type ReactNode } from 'react';

import type { Problem } from '../api/problem';
import { useWords, type Key } from '../i18n';

/** A field with its name above and, where the service refused it, the reason below. */
export function Field({
  title,
  problem,
  pointer,
  need,
  note,
  children,
}: {
  title: Key;
  problem?: Problem | null | undefined;
  pointer?: string;
  need?: boolean;
  note?: ReactNode;
  children: (id: string, invalid: boolean) => ReactNode;
}): ReactNode {
  const { t } = useWords();
  const id = useId();
  const said = pointer ? problem?.at(pointer) : undefined;
  return (
    <div className="field">
      <label className={need ? 'label need' : 'label'} htmlFor={id}>
        {t(title)}
      </label>
      {children(id, said !== undefined)}
      {note}
      {said && (
        <span role="alert" className="field-error">
          {said}
        </span>
      )}
    </div>
  );
}
