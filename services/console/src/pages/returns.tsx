/** Returns of both directions look alike: drafted from an order, authorised, and then moved by the warehouse. */

import { Button, Input } from 'antd';
import { useRef, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, type Schemas } from '../api/client';
import { useMay } from '../api/rights';
import { useWords, type Key } from '../i18n';
import { compare } from '../lib/decimal';
import { useCommand } from '../parts/command';
import { DocumentHead, Panel } from '../parts/document/Document';
import { Field } from '../parts/Field';
import { LookupField } from '../parts/LookupField';
import { ShareForm, useShares, type ShareColumn, type ShareLine } from '../parts/entry/ShareForm';
import { ProblemNote } from '../parts/ProblemNote';
import type { CommandHeaders } from '../api/client';

const QUANTITY: readonly ShareColumn[] = [{ name: 'quantity', title: 'f.quantity' }];
const REST: readonly ShareColumn[] = [{ name: 'quantity', title: 'f.quantity', first: (line) => line.open }];

export interface Taken {
  line: number;
  quantity: string;
}

/** Which quantities of an order come or go back, and why. */
export function DraftReturn<Out>({
  kind,
  number,
  lines,
  send,
  concerns,
  onDone,
}: {
  kind: Key;
  number: string;
  lines: readonly ShareLine[];
  send: (taken: readonly Taken[], reason: string, header: CommandHeaders) => Promise<Out>;
  concerns: readonly (readonly string[])[];
  onDone: (out: Out) => void;
}): ReactNode {
  const { t } = useWords();
  const { shares, set } = useShares(lines, QUANTITY);
  const [reason, setReason] = useState('');
  const sent = useRef<number[]>([]);
  const draft = useCommand<{ taken: Taken[]; reason: string }, Out>(
    (input, header) => send(input.taken, input.reason, header),
    { concerns, done: t('returns.draft'), onDone },
  );
  const taken = lines
    .map(({ line }) => ({ line, quantity: shares[line]?.['quantity'] ?? '' }))
    .filter(({ quantity }) => compare(quantity || '0', '0') > 0);
  return (
    <div className="page">
      <DocumentHead kind={kind} number={number} />
      <ProblemNote problem={draft.problem} shown={(pointer) => /^\/lines\/\d+\/quantity$/.test(pointer)} />
      <Panel>
        <div className="form">
          <Field title="f.reason" problem={draft.problem} pointer="/reason">
            {(id) => <Input id={id} value={reason} onChange={(event) => setReason(event.target.value)} />}
          </Field>
        </div>
      </Panel>
      <Panel title="doc.lines">
        <ShareForm lines={lines} columns={QUANTITY} shares={shares} set={set} problem={draft.problem} sent={sent.current} />
        <div className="submit-bar">
          <Button
            type="primary"
            loading={draft.busy}
            disabled={taken.length === 0}
            onClick={() => {
              sent.current = taken.map((each) => each.line);
              void draft.run({ taken, reason });
            }}
          >
            {t('returns.draft')}
          </Button>
        </div>
      </Panel>
    </div>
  );
}

/** The warehouse takes the goods in, or hands them over. */
export function MoveReturn({
  id,
  warehouse: given,
  lines,
  title,
}: {
  id: string;
  warehouse: string;
  lines: readonly ShareLine[];
  title: Key;
}): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const open = lines.filter((line) => compare(line.open, '0') > 0);
  const { shares, set, scan } = useShares(open, REST);
  const [warehouse, setWarehouse] = useState(given);
  const sent = useRef<number[]>([]);
  const move = useCommand<Schemas['inventory_ReturnIn'], Schemas['inventory_ReturnView']>(
    (body, header) => ask(api.POST('/api/v1/inventory/returns', { params: { header }, body })),
    {
      concerns: [['inventory'], ['sales'], ['purchasing'], ['case']],
      done: t(title),
      // what happens next happens to the goods
      onDone: (goods) => void navigate(`/inventory/returns/${goods.id}`),
    },
  );
  const taken = open
    .map(({ line }) => ({ line, quantity: shares[line]?.['quantity'] ?? '' }))
    .filter(({ quantity }) => compare(quantity || '0', '0') > 0);
  if (open.length === 0 || !may('inventory.return.receive')) return null;
  return (
    <Panel title={title}>
      <ProblemNote problem={move.problem} shown={(pointer) => /^\/lines\/\d+\/quantity$/.test(pointer) || pointer === '/warehouse'} />
      <div className="form">
        <LookupField title="f.warehouse" kind="warehouses" value={warehouse} onChange={setWarehouse} problem={move.problem} pointer="/warehouse" />
      </div>
      <ShareForm lines={open} columns={REST} shares={shares} set={set} scan={(item) => scan(item, 'quantity')} problem={move.problem} sent={sent.current} />
      <div className="submit-bar">
        <Button
          type="primary"
          loading={move.busy}
          disabled={taken.length === 0}
          onClick={() => {
            sent.current = taken.map((each) => each.line);
            void move.run({ return: id, ...(warehouse ? { warehouse } : {}), lines: taken });
          }}
        >
          {t(title)}
        </Button>
      </div>
    </Panel>
  );
}
