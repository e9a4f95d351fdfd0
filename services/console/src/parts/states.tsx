/** What stands where content is awaited, missing or could not be had. */

import { InboxOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { problemOf } from '../api/problem';
import { useWords } from '../i18n';
import { ProblemNote } from './ProblemNote';

export function Empty({ children }: { children: ReactNode }): ReactNode {
  return (
    <div className="empty">
      <InboxOutlined style={{ fontSize: 30 }} />
      {children}
    </div>
  );
}

export function Waiting({ rows = 6 }: { rows?: number }): ReactNode {
  const { t } = useWords();
  return (
    <table className="grid-table skeleton" role="status" aria-label={t('state.loading')}>
      <tbody>
        {Array.from({ length: rows }, (_, index) => (
          <tr key={index}>
            <td>
              <i style={{ width: `${45 + ((index * 37) % 50)}%` }} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The content once it is there; until then a quiet sketch of it, or why it is not there and a way to try again. */
export function Loaded<T>({
  query,
  rows,
  children,
}: {
  query: UseQueryResult<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}): ReactNode {
  const { t } = useWords();
  if (query.data !== undefined) return children(query.data);
  if (query.isError) {
    return (
      <div className="panel-body">
        <ProblemNote problem={problemOf(query.error)} />
        <p>
          <Button onClick={() => void query.refetch()}>{t('do.retry')}</Button>
        </p>
      </div>
    );
  }
  return <Waiting rows={rows ?? 6} />;
}
