import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask } from '../../api/client';
import { useWords } from '../../i18n';
import { Panel } from '../../parts/document/Document';
import { Moment } from '../../parts/show';
import { Loaded } from '../../parts/states';

const OFTEN_MS = 5_000;

type Said = Record<string, unknown>;

/** The numbers of a service's status, the nested ones by their path. */
function figures(said: Said, before = ''): [string, string][] {
  return Object.entries(said).flatMap(([name, value]): [string, string][] => {
    const path = before ? `${before}.${name}` : name;
    if (typeof value === 'number' || typeof value === 'boolean') return [[path, String(value)]];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return figures(value as Said, path);
    return [];
  });
}

export function HealthTable(): ReactNode {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ['status'],
    queryFn: () => ask(api.GET('/api/v1/status')),
    refetchInterval: OFTEN_MS,
  });
  return (
    <Loaded query={query}>
      {(status) => (
        <>
          <p className="panel-body">
            <span className={`tag ${status.quiet ? 'tag-good' : 'tag-info'}`}>{t(status.quiet ? 'system.quiet' : 'system.busy')}</span>{' '}
            <span className="quiet">
              <Moment value={status.at} />
            </span>
          </p>
          <table className="grid-table">
            <thead>
              <tr>
                <th>{t('f.service')}</th>
                <th>{t('system.pending')}</th>
              </tr>
            </thead>
            <tbody>
              {Object.entries(status.services).map(([service, said]) => (
                <tr key={service}>
                  <td>{service}</td>
                  <td style={{ whiteSpace: 'normal', maxWidth: 'none' }}>
                    {figures(said as Said).map(([name, value]) => (
                      <span key={name} className={`tag figure ${value === '0' || value === 'false' || value === 'true' ? '' : 'tag-info'}`}>
                        {name} {value}
                      </span>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </Loaded>
  );
}

export default function Health(): ReactNode {
  const { t } = useWords();
  return (
    <Allowed permission="operations.read">
      <div className="page">
        <div className="page-head">
          <h1>{t('nav.system.health')}</h1>
        </div>
        <Panel>
          <HealthTable />
        </Panel>
      </div>
    </Allowed>
  );
}
