import { HistoryOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Drawer } from 'antd';
import { createContext, useContext, useState, type ReactNode } from 'react';

import { api, ask, type Schemas } from '../../api/client';
import { useInterval } from '../../api/live';
import { useMay } from '../../api/rights';
import { texts, useWords, type Key } from '../../i18n';
import { Actor } from '../Actor';
import { Moment, StatusTag } from '../show';
import { Loaded } from '../states';

export type AuditEntry = Schemas['workflow_AuditEntryView'];

/** The document that the page shows: whose history can be asked for. */
export const Shown = createContext('');

const LIMIT = '200';

export interface Change {
  name: string;
  before: string;
  after: string;
}

/** What a record has of itself and nobody changes. */
const OF_THE_RECORD = new Set(['id', 'version']);

const said = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What differs between two states of a document, field by field. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const [old, now] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .map((name) => ({ name, before: said(old[name]), after: said(now[name]) }))
    .filter((change) => change.before !== change.after && !OF_THE_RECORD.has(change.name));
}

/** A value of a record as the screen says it: its words in the language, everything else as it is. */
export function useSaid(): (text: string) => string {
  const { t, value } = useWords();
  return (text) => {
    if (text === 'true' || text === 'false') return t(text === 'true' ? 'state.yes' : 'state.no');
    return /^[a-z][a-z_]*$/.test(text) && `v.${text}` in texts ? value(text) : text;
  };
}

/** What was done, in a word of the trade. */
export function useDeed(): (action: string) => string {
  const { t } = useWords();
  return (action) => {
    const key = `a.${action.split('.').at(-1) ?? ''}`;
    return key in texts ? t(key as Key) : action;
  };
}

export function EntryRow({ entry, withNumber = false }: { entry: AuditEntry; withNumber?: boolean }): ReactNode {
  const { t, field } = useWords();
  const deed = useDeed();
  const tell = useSaid();
  const [open, setOpen] = useState(false);
  const changes = changesOf(entry.before, entry.after);
  return (
    <li className="audit-entry">
      <div className="audit-head">
        <Moment value={entry.recorded_at} />
        <b>
          <Actor subject={entry.actor} />
        </b>
        <span title={entry.action}>{deed(entry.action)}</span>
        {withNumber && <span className="quiet">{entry.number}</span>}
        {entry.outcome === 'refused' && <StatusTag status="refused" />}
        {entry.code && <code>{entry.code}</code>}
        {entry.client && <span className="quiet">{entry.client}</span>}
        {changes.length > 0 && (
          <Button size="small" type="link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t(open ? 'audit.hide' : 'audit.show')} ({changes.length})
          </Button>
        )}
      </div>
      {open && (
        <table className="grid-table audit-changes">
          <thead>
            <tr>
              <th>{t('audit.changes')}</th>
              <th>{t('audit.before')}</th>
              <th>{t('audit.after')}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change) => (
              <tr key={change.name}>
                <td>{field(change.name)}</td>
                <td className="was">{tell(change.before)}</td>
                <td>{tell(change.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {open && entry.shortened && <p className="quiet">{t('audit.shortened')}</p>}
    </li>
  );
}

export const entriesOf = async (document: string): Promise<AuditEntry[]> =>
  (await ask(api.GET('/api/v1/workflow/audit-entries', { params: { query: { document, limit: LIMIT } } }))).items;

function History({ document }: { document: string }): ReactNode {
  const { t } = useWords();
  const interval = useInterval();
  const query = useQuery({ queryKey: ['workflow', 'audit', document], queryFn: () => entriesOf(document), refetchInterval: interval || 5_000 });
  return (
    <Loaded query={query}>
      {(entries) =>
        entries.length === 0 ? (
          <p className="panel-body quiet">{t('audit.none')}</p>
        ) : (
          <ol className="audit">
            {entries.map((entry) => (
              <EntryRow key={`${entry.service}/${entry.seq}`} entry={entry} />
            ))}
          </ol>
        )
      }
    </Loaded>
  );
}

/** Who did what to the document shown, before and after. */
export function HistoryButton(): ReactNode {
  const { t } = useWords();
  const document = useContext(Shown);
  const [open, setOpen] = useState(false);
  const may = useMay();
  if (!document || !may('workflow.audit_entry.read')) return null;
  return (
    <>
      <Button icon={<HistoryOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {t('audit.title')}
      </Button>
      <Drawer open={open} size={560} title={t('audit.title')} onClose={() => setOpen(false)} destroyOnHidden>
        <History document={document} />
      </Drawer>
    </>
  );
}
