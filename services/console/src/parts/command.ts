/** Commands: sent once whatever the network does, refusals kept for the fields, the screen brought up to date after. */

import { useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { App } from 'antd';
import { useRef } from 'react';

import { commandHeaders, type CommandHeaders } from '../api/client';
import { problemOf, type Problem } from '../api/problem';
import { useWords } from '../i18n';
import { uuid } from '../lib/ids';

export interface Command<In, Out> {
  run: (input: In) => Promise<Out | undefined>;
  busy: boolean;
  problem: Problem | null;
  clear: () => void;
}

/**
 * The key stays the same while the same input is sent again after an answer that was lost or put off, and is new for
 * everything else: so a second press never does a thing twice.
 */
export function useCommand<In, Out>(
  send: (input: In, headers: CommandHeaders) => Promise<Out>,
  options: { version?: number | undefined; concerns?: readonly QueryKey[]; done?: string; onDone?: (out: Out) => void } = {},
): Command<In, Out> {
  const client = useQueryClient();
  const { message } = App.useApp();
  const { t } = useWords();
  const sent = useRef({ body: '', key: '' });
  const mutation = useMutation({
    mutationFn: (input: In) => {
      const body = JSON.stringify([input, options.version]);
      if (sent.current.body !== body) sent.current = { body, key: uuid() };
      return send(input, commandHeaders(options.version, sent.current.key));
    },
    onSuccess: (out) => {
      sent.current = { body: '', key: '' };
      if (options.done) void message.success(t('doc.done', { what: options.done }));
      options.onDone?.(out);
    },
    onError: (error) => {
      if (!problemOf(error).isPassing) sent.current = { body: '', key: '' };
    },
    onSettled: () => {
      // not waited for: the answer is shown at once, lists follow
      for (const queryKey of options.concerns ?? []) void client.invalidateQueries({ queryKey });
    },
  });
  return {
    run: (input) => mutation.mutateAsync(input).catch(() => undefined),
    busy: mutation.isPending,
    problem: mutation.error ? problemOf(mutation.error) : null,
    clear: mutation.reset,
  };
}
