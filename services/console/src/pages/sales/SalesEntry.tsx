import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { api, ask, type CommandHeaders } from '../../api/client';
import { useCompany } from '../../api/company';
import { useEntry } from '../../api/directory';
import { useMay } from '../../api/rights';
import { useWords, type Key } from '../../i18n';
import { compare, isZero, minus, plain, sum, taxOf } from '../../lib/decimal';
import { useCommand } from '../../parts/command';
import { DocumentHead, Facts, Panel } from '../../parts/document/Document';
import { EntryGrid, emptyLine, isEmptyLine, type EntryColumn, type EntryLine } from '../../parts/entry/EntryGrid';
import { DateInput } from '../../parts/DateInput';
import { Field } from '../../parts/Field';
import { Lookup } from '../../parts/Lookup';
import { ProblemNote } from '../../parts/ProblemNote';
import { Money } from '../../parts/show';
import { EntryName } from '../EntryName';
import { netOf, nextTier, priceOf, unitPriceOf, usePrices, type Prices } from './prices';

/** What can be had of a line's item now, in its warehouse or in all of the company. */
function Available({ company, line }: { company: string; line: EntryLine }): ReactNode {
  const allowed = useMay()('inventory.stock.read');
  const item = line.entry?.code ?? '';
  const { data } = useQuery({
    queryKey: ['inventory', 'stock', 'item', company, item],
    queryFn: () => ask(api.GET('/api/v1/inventory/stock', { params: { query: { company, item, limit: '200' } } })),
    enabled: allowed && company !== '' && item !== '',
    staleTime: 5_000,
  });
  if (!item) return null;
  const places = (data?.items ?? []).filter((row) => !line.values['warehouse'] || row.warehouse === line.values['warehouse']);
  const has = sum(places.map((row) => row.available), 0);
  const short = compare(has, line.values['quantity'] || '0') < 0;
  return <span className={short ? 'tag tag-warn' : 'tag tag-good'}>{plain(has) || '0'}</span>;
}

function useTaxRates(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: ['masterdata', 'tax-codes'],
    queryFn: () => ask(api.GET('/api/v1/masterdata/tax-codes', { params: { query: { limit: '1000' } } })),
    staleTime: 600_000,
    // an amount without its tax would mislead: asked for until it is there
    refetchInterval: (now) => (now.state.data ? false : 3_000),
  });
  return useMemo(() => new Map((data?.items ?? []).map((each) => [each.code, each.rate])), [data]);
}

/** Which list prices a line, from which quantity on, and what a little more would cost. */
function WhyPrices({ lines, prices }: { lines: readonly EntryLine[]; prices: Prices }): ReactNode {
  const { t } = useWords();
  const listed = lines.flatMap((line) => {
    const price = priceOf(line, prices);
    return price?.price_list ? [{ key: line.key, item: line.entry?.code ?? '', price, next: nextTier(price) }] : [];
  });
  if (listed.length === 0) return null;
  return (
    <Panel title="sales.whyPrice">
      <ul className="links">
        {listed.map(({ key, item, price, next }) => (
          <li key={key}>
            <span className="grow">
              {item} <span className="quiet">{price.price_list} · {t('sales.fromQuantity', { quantity: plain(price.price_from ?? '0') || '0' })}</span>
              {next && (
                <span className="quiet">
                  {' '}· {t('sales.nextTier', { quantity: plain(next.from_quantity), price: plain(next.unit_price, 2) })}
                </span>
              )}
            </span>
            <Money value={price.unit_price} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Credit({ company, customer, gross }: { company: string; customer: string; gross: string }): ReactNode {
  const { t } = useWords();
  const allowed = useMay()('sales.credit_profile.read');
  const { data } = useQuery({
    queryKey: ['sales', 'credit', company, customer],
    queryFn: () =>
      ask(api.GET('/api/v1/sales/credit-profiles/{customer}', { params: { path: { customer }, query: { company } } })),
    enabled: allowed && company !== '' && customer !== '',
    staleTime: 5_000,
  });
  if (!data) return null;
  const available = data.exposure.available;
  const left = available === null ? null : minus(available, gross, 2);
  const short = left !== null && compare(left, '0') < 0;
  return (
    <>
      <Facts
        facts={[
          { title: 'f.credit_limit', value: data.credit_limit === null ? t('sales.noLimit') : <Money value={data.credit_limit} /> },
          { title: 'f.exposure', value: <Money value={data.exposure.total} /> },
          { title: 'f.open_orders', value: <Money value={data.exposure.open_orders} /> },
          { title: 'f.receivable', value: <Money value={data.exposure.receivable} /> },
          { title: 'f.overdue', value: isZero(data.exposure.overdue) ? null : <Money value={data.exposure.overdue} /> },
          { title: 'sales.creditLeft', value: left === null ? null : <Money value={left} />, big: true },
        ]}
      />
      {short && (
        <p className="panel-body" role="status">
          <span className="tag tag-warn">{t('sales.willHold')}</span>
        </p>
      )}
    </>
  );
}

export interface SalesBody {
  company: string;
  customer: string;
  requested_date?: string;
  lines: { item: string; quantity: string; unit?: string; unit_price?: string; warehouse?: string }[];
}

interface Props<Out> {
  kind: Key;
  submit: Key;
  back: string;
  /** The field that an order and a quotation do not share. */
  own: { name: string; title: Key; kind: 'text' | 'date'; need?: boolean };
  /** The document that is written anew. */
  of?: { number: string; version: number; customer: string; requested: string; own: string; lines: readonly EntryLine[] };
  /** What else the document has and is not typed here. */
  besides?: { amount_net: string; amount_tax: string; show: ReactNode } | undefined;
  send: (body: SalesBody, own: string, header: CommandHeaders) => Promise<Out>;
  to: (out: Out) => string;
}

/** What a customer wants, with price, availability and credit while one types. */
export function SalesEntry<Out>({ kind, submit: submitting, back, own, of, besides, send, to }: Props<Out>): ReactNode {
  const { t } = useWords();
  const navigate = useNavigate();
  const company = useCompany();
  const code = company?.code ?? '';
  const [customer, setCustomer] = useState(of?.customer ?? '');
  const [requested, setRequested] = useState(of?.requested ?? '');
  const [owned, setOwned] = useState(of?.own ?? '');
  const [lines, setLines] = useState<EntryLine[]>(() => (of ? [...of.lines] : [emptyLine()]));
  const [noLines, setNoLines] = useState(false);
  const sent = useRef<string[]>([]);
  const rates = useTaxRates();
  const who = useEntry('customers', code, customer);

  const prices = usePrices(code, who ? customer : '', lines);

  // the same while nothing but the lines changes: a row is drawn again for its own keys only
  const columns = useMemo<EntryColumn[]>(
    () => [
      { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', width: 168 },
      { name: 'name', title: 'f.name', kind: 'shown', show: (line) => <EntryName line={line} /> },
      { name: 'quantity', title: 'f.quantity', kind: 'decimal', width: 84 },
      { name: 'unit', title: 'f.unit', kind: 'shown', width: 50, show: (line) => line.entry?.unit },
      { name: 'unit_price', title: 'f.unit_price', kind: 'decimal', width: 92, hint: (line) => plain(unitPriceOf(line, prices), 2) },
      { name: 'warehouse', title: 'f.warehouse', kind: 'text', width: 84, hint: () => t('sales.anyWarehouse') },
      { name: 'available', title: 'f.available', kind: 'shown', width: 84, show: (line) => <Available company={code} line={line} /> },
      {
        name: 'amount', title: 'f.amount_net', kind: 'shown', width: 104,
        show: (line) => (line.entry ? <div className="num"><Money value={netOf(line, prices)} /></div> : null),
      },
    ],
    [t, code, prices],
  );

  const filled = lines.filter((line) => !isEmptyLine(line));
  const net = sum([...filled.map((line) => netOf(line, prices)), besides?.amount_net ?? '0']);
  const tax = sum([...filled.map((line) => taxOf(netOf(line, prices), rates.get(line.entry?.taxCode ?? '') ?? '0')), besides?.amount_tax ?? '0']);
  const gross = sum([net, tax]);

  const command = useCommand<{ body: SalesBody; own: string }, Out>(
    (input, header) => send(input.body, input.own, header),
    { version: of?.version, concerns: [['sales']], done: t(submitting), onDone: (out) => void navigate(to(out)) },
  );
  const submit = (): void => {
    const nothing = filled.length === 0 && !besides;
    setNoLines(nothing);
    if (nothing || command.busy) return;
    sent.current = filled.map((line) => line.key);
    const body: SalesBody = {
      company: code,
      customer,
      ...(requested ? { requested_date: requested } : {}),
      lines: filled.map(({ values }) => ({
        item: values['item'] ?? '',
        quantity: values['quantity'] ?? '',
        ...(values['unit_price'] ? { unit_price: values['unit_price'] } : {}),
        ...(values['warehouse'] ? { warehouse: values['warehouse'] } : {}),
      })),
    };
    void command.run({ body, own: owned });
  };
  const shown = (pointer: string): boolean =>
    ['/customer', '/requested_date', `/${own.name}`].includes(pointer) ||
    /^\/lines\/\d+\/(item|quantity|unit_price|warehouse)$/.test(pointer);

  return (
    <div
      className="page"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isDefaultPrevented()) submit();
      }}
    >
      <DocumentHead kind={kind} number={of?.number ?? t('do.new')}>
        <Button onClick={() => void navigate(back)}>{t('do.cancel')}</Button>
        <Button type="primary" loading={command.busy} onClick={submit}>
          {t(submitting)} <kbd>Ctrl ↵</kbd>
        </Button>
      </DocumentHead>
      <ProblemNote problem={command.problem} shown={shown} />
      <div className="columns">
        <div>
          <Panel>
            <div className="form">
              <Field title="f.customer" need problem={command.problem} pointer="/customer" note={<span className="quiet">{who?.name}</span>}>
                {(id, invalid) => of ? <Input id={id} readOnly value={customer} aria-label={t('f.customer')} /> : (
                  <Lookup
                    id={id}
                    kind="customers"
                    company={code}
                    label={t('f.customer')}
                    placeholder={t('entry.code')}
                    value={customer}
                    invalid={invalid}
                    autoFocus
                    onChange={(next) => setCustomer(next)}
                    onEnter={() => document.getElementById('requested')?.focus()}
                  />
                )}
              </Field>
              <Field title="f.requested_date" problem={command.problem} pointer="/requested_date">
                {() => (
                  <DateInput id="requested" label={t('f.requested_date')} value={requested} onChange={setRequested} />
                )}
              </Field>
              <Field title={own.title} need={own.need ?? false} problem={command.problem} pointer={`/${own.name}`}>
                {() =>
                  own.kind === 'date' ? (
                    <DateInput id={own.name} label={t(own.title)} value={owned} onChange={setOwned} />
                  ) : (
                    <Input
                      id={own.name}
                      aria-label={t(own.title)}
                      value={owned}
                      onChange={(event) => setOwned(event.target.value)}
                      onPressEnter={() => document.querySelector<HTMLElement>('[data-cell="0.0"]')?.focus()}
                    />
                  )
                }
              </Field>
            </div>
          </Panel>
          <Panel title="doc.lines">
            <EntryGrid
              company={code}
              columns={columns}
              lines={lines}
              onChange={(change) => setLines((now) => change(now))}
              onSubmit={submit}
              problem={command.problem}
              sent={sent.current}
              label={t('doc.lines')}
              tools={noLines && filled.length === 0 && <span role="alert" className="field-error">{t('entry.noLines')}</span>}
            />
            {besides?.show}
            <div className="totals" aria-live="polite">
              <span className="quiet">
                {t('f.amount_net')} <Money value={net} />
              </span>
              <span className="quiet">
                {t('f.amount_tax')} <Money value={tax} />
              </span>
              <span>
                {t('f.amount_gross')} <b><Money value={gross} /></b> {company?.currency}
              </span>
            </div>
          </Panel>
        </div>
        <div>
          <Panel title="sales.credit">
            {who ? <Credit company={code} customer={customer} gross={gross} /> : <p className="panel-body quiet">{t('sales.chooseCustomer')}</p>}
          </Panel>
          <WhyPrices lines={filled} prices={prices} />
        </div>
      </div>
    </div>
  );
}
