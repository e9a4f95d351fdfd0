import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { useInterval } from '../../api/live';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { useCommand } from '../../parts/command';
import { Lines, Panel } from '../../parts/document/Document';
import { ProblemNote } from '../../parts/ProblemNote';
import { Moment } from '../../parts/show';
import { Empty, Loaded } from '../../parts/states';
import { parkedEverywhere, RELEASE, type Parked } from './parked';

export function useParked(): ReturnType<typeof useQuery<Parked[]>> {
  const interval = useInterval();
  const allowed = useMay()('operations.parked.read');
  return useQuery({ queryKey: ['parked'], queryFn: parkedEverywhere, refetchInterval: interval || 15_000, enabled: allowed });
}

function Page(): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const query = useParked();
  const release = useCommand<Parked, unknown>((row, header) => RELEASE[row.service](row.event_id, header), {
    concerns: [['parked']],
    done: t('system.release'),
  });
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('nav.system.parked')}</h1>
      </div>
      <ProblemNote problem={release.problem} />
      <Panel>
        <Loaded query={query}>
          {(rows) =>
            rows.length === 0 ? (
              <Empty>{t('system.noneParked')}</Empty>
            ) : (
              <Lines
                rows={rows}
                rowKey={(row) => row.service + row.event_id}
                columns={[
                  { title: 'f.service', cell: (row) => row.service },
                  { title: 'f.topic', cell: (row) => <code>{row.topic}</code> },
                  { title: 'f.key', cell: (row) => <code>{row.key}</code> },
                  { title: 'f.company', cell: (row) => row.company },
                  { title: 'f.reason', cell: (row) => row.reason },
                  { title: 'f.detail', cell: (row) => <span title={row.detail}>{row.detail}</span> },
                  { title: 'f.parked_at', cell: (row) => <Moment value={row.parked_at} /> },
                  {
                    title: 'system.release',
                    cell: (row) =>
                      may('operations.parked.settle') && (
                        <Button size="small" loading={release.busy} onClick={() => void release.run(row)}>
                          {t('system.release')}
                        </Button>
                      ),
                  },
                ]}
              />
            )
          }
        </Loaded>
      </Panel>
    </div>
  );
}

export default function ParkedMessages(): ReactNode {
  return (
    <Allowed permission="operations.parked.read">
      <Page />
    </Allowed>
  );
}
