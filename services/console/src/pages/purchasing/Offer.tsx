import { Button, Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';

import { api, ask, forVersion, type Schemas } from '../../api/client';
import { useMay } from '../../api/rights';
import { useWords } from '../../i18n';
import { useCommand } from '../../parts/command';
import { numberOf } from '../../parts/entry/paste';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Quantity } from '../../parts/show';

type Rfq = Schemas['purchasing_RfqView'];

interface Asked {
  line: number;
  unit_price: string;
  lead_time_days: string;
}

/** What he offered before, or nothing. */
const firstOf = (rfq: Rfq, supplier: string): Asked[] => {
  const offer = rfq.offers.find((each) => each.supplier === supplier);
  return rfq.lines.map(({ line }) => {
    const known = offer?.lines.find((each) => each.line === line);
    return { line, unit_price: known?.unit_price ?? '', lead_time_days: known ? String(known.lead_time_days) : '' };
  });
};

/** All that a supplier offers, entered in one window. */
function Entering({ rfq, supplier, onClose }: { rfq: Rfq; supplier: string; onClose: () => void }): ReactNode {
  const { t } = useWords();
  const [lines, setLines] = useState(() => firstOf(rfq, supplier));
  const command = useCommand<Asked[], Rfq>(
    (given) =>
      ask(api.PUT('/api/v1/purchasing/rfqs/{ref}/offers/{supplier}', {
        params: { path: { ref: rfq.id, supplier }, header: forVersion(rfq.version) },
        body: {
          lines: given
            .filter((each) => each.unit_price !== '')
            .map((each) => ({ line: each.line, unit_price: each.unit_price, lead_time_days: Number(each.lead_time_days || '0') })),
        },
      })),
    { version: rfq.version, concerns: [['purchasing']], done: t('rfq.offer'), onDone: onClose },
  );
  const set = (line: number, change: Partial<Asked>): void =>
    setLines((now) => now.map((each) => (each.line === line ? { ...each, ...change } : each)));
  return (
    <Modal open title={`${t('rfq.offer')} ${supplier}`} okText={t('do.save')} cancelText={t('do.back')} confirmLoading={command.busy}
      onCancel={onClose} onOk={() => void command.run(lines)}>
      <ProblemNote problem={command.problem} />
      <p className="quiet">{t('rfq.offerHint')}</p>
      <table className="grid-table">
        <thead>
          <tr>
            <th>{t('f.item')}</th>
            <th className="num">{t('f.quantity')}</th>
            <th className="num">{t('f.unit_price')}</th>
            <th className="num">{t('f.days')}</th>
          </tr>
        </thead>
        <tbody>
          {rfq.lines.map((line) => {
            const given = lines.find((each) => each.line === line.line);
            const name = (title: 'f.unit_price' | 'f.days'): string => `${t('problem.line', { line: line.line })} ${t(title)}`;
            return (
              <tr key={line.line}>
                <td><ItemName code={line.item} /></td>
                <td className="num"><Quantity value={line.quantity} unit={line.unit} /></td>
                <td>
                  <Input aria-label={name('f.unit_price')} inputMode="decimal" value={given?.unit_price}
                    onChange={(event) => set(line.line, { unit_price: numberOf(event.target.value) })} />
                </td>
                <td>
                  <Input aria-label={name('f.days')} inputMode="numeric" value={given?.lead_time_days}
                    onChange={(event) => set(line.line, { lead_time_days: event.target.value.replace(/\D/g, '') })} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Modal>
  );
}

export function OfferButton({ rfq, supplier }: { rfq: Rfq; supplier: string }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!may('purchasing.rfq.offer')) return null;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>{t('rfq.offer')}</Button>
      {open && <Entering rfq={rfq} supplier={supplier} onClose={() => setOpen(false)} />}
    </>
  );
}
