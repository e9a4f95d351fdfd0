import { Button } from 'antd';
import { useRef, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { useCompany } from '../../api/company';
import type { CommandHeaders } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords, type Key } from '../../i18n';
import { useCommand } from '../command';
import { DocumentHead, Panel } from '../document/Document';
import { ProblemNote } from '../ProblemNote';
import { EntryGrid, emptyLine, isEmptyLine, type EntryColumn, type EntryLine } from './EntryGrid';

export interface EntryFormProps<Body, Out> {
  kind: Key;
  submit: Key;
  columns: readonly EntryColumn[];
  /** Where the lines stand in the document, if not in `lines`. */
  list?: string;
  /** The header's fields. */
  head: (problem: Problem | null) => ReactNode;
  headPointers: readonly string[];
  body: (company: string, lines: readonly EntryLine[]) => Body;
  send: (body: Body, header: CommandHeaders) => Promise<Out>;
  concerns: readonly (readonly string[])[];
  to: (out: Out) => string;
  back: string;
  /** The document that is written anew: its number and version, and the lines that it has. */
  of?: { number: string; version: number; lines: readonly EntryLine[] };
  totals?: (lines: readonly EntryLine[]) => ReactNode;
}

/** A document entered as a header and lines. */
export function EntryForm<Body, Out>(props: EntryFormProps<Body, Out>): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const company = useCompany()?.code ?? '';
  const [lines, setLines] = useState<EntryLine[]>(() => (props.of ? [...props.of.lines] : [emptyLine()]));
  const [noLines, setNoLines] = useState(false);
  const sent = useRef<string[]>([]);
  const filled = lines.filter((line) => !isEmptyLine(line));
  const command = useCommand<Body, Out>(props.send, {
    version: props.of?.version,
    concerns: props.concerns,
    done: t(props.submit),
    onDone: (out) => void navigate(props.to(out)),
  });
  const submit = (): void => {
    setNoLines(filled.length === 0);
    if (filled.length === 0 || command.busy) return;
    sent.current = filled.map((line) => line.key);
    void command.run(props.body(company, filled));
  };
  const names = props.columns.filter((column) => column.kind !== 'shown').map((column) => column.name);
  const shown = (pointer: string): boolean => {
    const [, list, , name = ''] = pointer.split('/');
    return props.headPointers.includes(pointer) || (list === (props.list ?? 'lines') && names.includes(name));
  };
  return (
    <div
      className="page"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isDefaultPrevented()) submit();
      }}
    >
      <DocumentHead kind={props.kind} number={props.of?.number ?? t('do.new')}>
        <Button onClick={() => void navigate(props.back)}>{t('do.cancel')}</Button>
        <Button type="primary" loading={command.busy} onClick={submit}>
          {t(props.submit)} <kbd>Ctrl ↵</kbd>
        </Button>
      </DocumentHead>
      <ProblemNote problem={command.problem} shown={shown} />
      <Panel>
        <div className="form">{props.head(command.problem)}</div>
      </Panel>
      <Panel title="doc.lines">
        <EntryGrid
          company={company}
          columns={props.columns}
          lines={lines}
          onChange={(change) => setLines((now) => change(now))}
          onSubmit={submit}
          problem={command.problem}
          sent={sent.current}
          list={props.list ?? 'lines'}
          label={t('doc.lines')}
          tools={
            noLines && filled.length === 0 && (
              <span role="alert" className="field-error">
                {t('entry.noLines')}
              </span>
            )
          }
        />
        {props.totals && <div className="totals">{props.totals(filled)}</div>}
      </Panel>
    </div>
  );
}
