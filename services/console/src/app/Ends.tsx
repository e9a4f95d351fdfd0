import { Button, Result } from 'antd';
import type { ReactNode } from 'react';
import { Link, useRouteError } from 'react-router';

import { problemOf } from '../api/problem';
import { useMay, useRightsQuery } from '../api/rights';
import { useWords } from '../i18n';

export function NotFound(): ReactNode {
  const { t } = useWords();
  return <Result status="404" title={t('shell.notFound')} extra={<Link to="/">{t('shell.home')}</Link>} />;
}

export function Crashed(): ReactNode {
  const { t } = useWords();
  const problem = problemOf(useRouteError());
  return (
    <Result
      status="error"
      title={t('shell.crashed')}
      subTitle={problem.message}
      extra={<Button onClick={() => location.reload()}>{t('shell.reload')}</Button>}
    />
  );
}

/** The page, for those who may see it. */
export function Allowed({ permission, children }: { permission: string; children: ReactNode }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const rights = useRightsQuery();
  if (rights.isPending) return null;
  if (!may(permission)) {
    return <Result status="403" title={t('shell.notAllowed')} extra={<Link to="/">{t('shell.home')}</Link>} />;
  }
  return children;
}
