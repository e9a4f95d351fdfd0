import { App, Button } from 'antd';
import type { QueryKey } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { CommandHeaders } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useMay } from '../../api/rights';
import { useWords, type Key } from '../../i18n';
import { useCommand } from '../command';

export interface ActionProps {
  title: Key;
  permission: string;
  /** Whether the document stands where this can be done. */
  when: boolean;
  version: number;
  number: string;
  send: (headers: CommandHeaders) => Promise<unknown>;
  concerns: readonly QueryKey[];
  onProblem: (problem: Problem | null) => void;
  /** Ask before. */
  grave?: boolean;
  primary?: boolean;
  small?: boolean;
}

/** A step of a document: offered to those who may take it, where its lifecycle allows it, for the version shown. */
export function Action(props: ActionProps): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const { modal } = App.useApp();
  const command = useCommand<Record<string, never>, unknown>((_, headers) => props.send(headers).catch(refused), {
    version: props.version,
    concerns: props.concerns,
    done: t(props.title),
    onDone: () => props.onProblem(null),
  });
  function refused(error: unknown): never {
    props.onProblem(error as Problem);
    throw error;
  }
  if (!props.when || !may(props.permission)) return null;
  const run = (): void => {
    props.onProblem(null);
    void command.run({});
  };
  return (
    <Button
      type={props.primary ? 'primary' : 'default'}
      danger={props.grave ?? false}
      loading={command.busy}
      size={props.small ? 'small' : 'middle'}
      onClick={() => {
        if (!props.grave) run();
        else {
          void modal.confirm({
            title: t('doc.confirm', { what: t(props.title), number: props.number }),
            okText: t(props.title),
            cancelText: t('do.back'),
            okButtonProps: { danger: true },
            onOk: run,
          });
        }
      }}
    >
      {t(props.title)}
    </Button>
  );
}
