import { Button } from 'antd';
import type { ReactNode } from 'react';
import { Link, useRouteError } from 'react-router';

import { problemOf } from '../api/problem';
import { useMay, useRightsQuery } from '../api/rights';
import { useWords } from '../i18n';

function End({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <div className="empty">
      <h1>{title}</h1>
      {children}
    </div>
  );
}

export function NotFound(): ReactNode {
  const { t } = useWords();
  return (
    <End title={t('shell.notFound')}>
      <Link to="/">{t('shell.home')}</Link>
    </End>
  );
}

export function Crashed(): ReactNode {
  const { t } = useWords();
  const problem = problemOf(useRouteError());
  return (
    <End title={t('shell.crashed')}>
      <p>{problem.message}</p>
      <Button onClick={() => location.reload()}>{t('shell.reload')}</Button>
    </End>
  );
}

/** The page, for those who may see it. */
export function Allowed({ permission, children }: { permission: string; children: ReactNode }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const rights = useRightsQuery();
  if (rights.isPending) return null;
  if (!may(permission)) {
    return (
      <End title={t('shell.notAllowed')}>
        <Link to="/">{t('shell.home')}</Link>
      </End>
    );
  }
  return children;
}
