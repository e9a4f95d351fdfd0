import { Alert } from 'antd';
import type { ReactNode } from 'react';

import type { FieldProblem, Problem } from '../api/problem';
import { useWords } from '../i18n';

/** Where in the document a pointer points, as people say it: "line 2, quantity". */
export function usePlace(): (pointer: string) => string {
  const { t, field } = useWords();
  return (pointer) => {
    const parts = pointer.split('/').filter(Boolean);
    const line = parts[0] === 'lines' && parts[1] !== undefined ? t('problem.line', { line: Number(parts[1]) + 1 }) : '';
    const name = parts.at(-1) ?? '';
    const said = /^\d+$/.test(name) || name === 'lines' ? '' : field(name);
    return [line, said].filter(Boolean).join(' · ');
  };
}

/** A refusal, with what no field shows itself, and the trace by which an operator finds it. */
export function ProblemNote({
  problem,
  shown = () => false,
}: {
  problem: Problem | null | undefined;
  shown?: (pointer: string) => boolean;
}): ReactNode {
  const { t } = useWords();
  const place = usePlace();
  if (!problem) return null;
  const said =
    problem.detail || problem.title || t(problem.code === 'unreachable' ? 'problem.unreachable' : 'problem.unknown');
  const others: readonly FieldProblem[] = problem.besides(shown);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      className="problem"
      title={said}
      description={
        <>
          {others.length > 0 && (
            <ul>
              {others.map((each) => (
                <li key={each.pointer + each.code}>
                  {place(each.pointer) ? `${place(each.pointer)}: ` : ''}
                  {each.detail}
                </li>
              ))}
            </ul>
          )}
          {problem.status === 412 && <p>{t('problem.changed')}</p>}
          {problem.status === 503 && <p>{t('problem.again')}</p>}
          {problem.traceId && (
            <p className="trace">
              {t('problem.trace')} <code>{problem.traceId}</code> · <code>{problem.code}</code>
            </p>
          )}
        </>
      }
    />
  );
}
