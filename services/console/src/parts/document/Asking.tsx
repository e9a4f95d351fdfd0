import { Button, Modal } from 'antd';
import type { QueryKey } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';

import type { CommandHeaders } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords, type Key } from '../../i18n';
import { useCommand } from '../command';
import { Fields, pointersOf, type FieldSpec, type FieldValues } from '../entry/Fields';
import { ProblemNote } from '../ProblemNote';

export interface AskingProps<Out> {
  title: Key;
  permission: string;
  when?: boolean;
  version?: number;
  number?: string;
  fields: readonly FieldSpec[];
  first?: FieldValues;
  send: (values: FieldValues, headers: CommandHeaders) => Promise<Out>;
  concerns: readonly QueryKey[];
  onDone?: (out: Out) => void;
  grave?: boolean;
  primary?: boolean;
  small?: boolean;
  /** What one should know before. */
  note?: ReactNode;
}

/** A step of a document that needs something said with it: asked for in a window, refusals at their fields. */
export function Asking<Out>(props: AskingProps<Out>): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!(props.when ?? true) || !may(props.permission)) return null;
  return (
    <>
      <Button
        type={props.primary ? 'primary' : 'default'}
        danger={props.grave ?? false}
        size={props.small ? 'small' : 'middle'}
        onClick={() => setOpen(true)}
      >
        {t(props.title)}
      </Button>
      {open && <Question {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

export function Question<Out>(props: AskingProps<Out> & { onClose: () => void }): ReactNode {
  const { t } = useWords();
  const [values, setValues] = useState<FieldValues>(props.first ?? {});
  const command = useCommand<FieldValues, Out>(props.send, {
    version: props.version,
    concerns: props.concerns,
    done: t(props.title),
    onDone: (out) => {
      props.onClose();
      props.onDone?.(out);
    },
  });
  const run = (): void => void command.run(values);
  return (
    <Modal
      open
      title={`${t(props.title)} ${props.number ?? ''}`}
      okText={t(props.title)}
      cancelText={t('do.back')}
      okButtonProps={{ danger: props.grave ?? false }}
      confirmLoading={command.busy}
      onCancel={props.onClose}
      onOk={run}
    >
      <ProblemNote problem={command.problem} shown={pointersOf(props.fields)} />
      {props.note}
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Fields fields={props.fields} values={values} problem={command.problem}
          onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        <button type="submit" hidden />
      </form>
    </Modal>
  );
}
