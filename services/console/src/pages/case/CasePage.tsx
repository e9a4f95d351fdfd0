import { useQuery } from '@tanstack/react-query';
import { Typography } from 'antd';
import dayjs from 'dayjs';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';

import { Allowed } from '../../app/Ends';
import { useInterval } from '../../api/live';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { money } from '../../lib/decimal';
import { Actor } from '../../parts/Actor';
import { EntryRow, entriesOf } from '../../parts/document/Audit';
import { DocumentHead, Panel } from '../../parts/document/Document';
import { StatusTag } from '../../parts/show';
import { Loaded } from '../../parts/states';
import { Graph } from './Graph';
import { loadCase, type Case } from './load';

const AGAIN_MS = 3_000;

interface Moment {
  key: string;
  at: string;
  isVoucher: boolean;
  what: ReactNode;
  about: string;
  actor?: string;
  status?: string;
  amount: string | null;
}

function useMoments(found: Case): Moment[] {
  const { t, either } = useWords();
  const moments: Moment[] = [
    ...found.nodes.map((node) => ({
      key: node.id, at: node.at, isVoucher: false, about: node.about, status: node.status, amount: node.amount,
      what: (
        <>
          <span className="quiet">{t(node.kind)}</span> <Link to={node.path}>{node.number}</Link>
        </>
      ),
    })),
    ...found.vouchers.map((voucher) => ({
      key: voucher.id, at: voucher.recorded_at, isVoucher: true, amount: voucher.amount,
      about: either(voucher.text, voucher.text_en), actor: voucher.actor,
      what: (
        <>
          <span className="quiet">{t('doc.vouchers')}</span> <Link to={`/finance/vouchers/${voucher.id}`}>{voucher.number}</Link>
        </>
      ),
    })),
  ];
  return moments.sort((left, right) => left.at.localeCompare(right.at));
}

function Timeline({ found }: { found: Case }): ReactNode {
  const moments = useMoments(found);
  return (
    <ol className="timeline">
      {moments.map((moment, index) => {
        const day = dayjs(moment.at).format('YYYY-MM-DD');
        const before = moments[index - 1];
        const newDay = !before || dayjs(before.at).format('YYYY-MM-DD') !== day;
        return (
          <li key={moment.key} className={moment.isVoucher ? 'of-voucher' : undefined} data-day={newDay ? day : undefined}>
            <time dateTime={moment.at}>{dayjs(moment.at).format('HH:mm:ss')}</time>
            <span className="grow">
              {moment.what} <span className="quiet">{moment.about}</span>{' '}
              {moment.actor && <span className="quiet">· <Actor subject={moment.actor} /></span>}
            </span>
            {moment.status && <StatusTag status={moment.status} />}
            <span className="num timeline-amount">{moment.amount ? money(moment.amount) : ''}</span>
          </li>
        );
      })}
    </ol>
  );
}

const HISTORY_MAX = 30;

/** Who did what to the documents of the case, in the order in which it was done. */
function CaseHistory({ found }: { found: Case }): ReactNode {
  const { t } = useWords();
  const allowed = useMay()('workflow.audit_entry.read');
  const documents = found.nodes.slice(0, HISTORY_MAX).map((node) => node.id);
  const query = useQuery({
    queryKey: ['case', found.order.id, 'history', documents],
    queryFn: async () => {
      const parts = await Promise.all(documents.map(entriesOf));
      return parts.flat().sort((left, right) => left.recorded_at.localeCompare(right.recorded_at));
    },
    enabled: allowed,
  });
  if (!allowed) return null;
  return (
    <Panel title="audit.title">
      <Loaded query={query} rows={4}>
        {(entries) =>
          entries.length === 0 ? (
            <p className="panel-body quiet">{t('audit.none')}</p>
          ) : (
            <ol className="audit">
              {entries.map((entry) => (
                <EntryRow key={`${entry.service}/${entry.seq}`} entry={entry} withNumber />
              ))}
            </ol>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Body({ found }: { found: Case }): ReactNode {
  const { t } = useWords();
  return (
    <div className="page">
      <DocumentHead kind="doc.case" number={found.order.number} status={found.order.status}>
        <span className="quiet">
          {t('case.correlation')}{' '}
          <Typography.Text code copyable>
            {found.order.id}
          </Typography.Text>
        </span>
      </DocumentHead>
      {found.missing.length > 0 && <p className="tag tag-warn">{t('shell.missing', { names: found.missing.join(', ') })}</p>}
      <Panel title="case.graph">
        <Graph found={found} />
      </Panel>
      <Panel title="case.timeline">
        <Timeline found={found} />
      </Panel>
      <CaseHistory found={found} />
    </div>
  );
}

export default function CasePage(): ReactNode {
  const { id = '' } = useParams();
  const may = useMay();
  const interval = useInterval();
  const query = useQuery({ queryKey: ['case', id, 'all'], queryFn: () => loadCase(id, may),
    refetchInterval: (now) => (now.state.data?.missing.length ? AGAIN_MS : interval),
  });
  return (
    <Allowed permission="sales.order.read">
      <Loaded query={query}>{(found) => <Body found={found} />}</Loaded>
    </Allowed>
  );
}
