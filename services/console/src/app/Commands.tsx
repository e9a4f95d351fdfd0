import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Modal } from 'antd';
import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useNavigate } from 'react-router';

import { useMay } from '../api/rights';
import { signOut } from '../api/session';
import { speak, useWords, type Key } from '../i18n';
import { find, type Hit } from './find';
import { ROOMS } from './navigation';
import { setShade, useShade } from './theme';

interface Choice {
  key: string;
  group: Key;
  title: string;
  about: string;
  run: () => void;
}

const NEW: readonly (readonly [Key, string, string])[] = [
  ['nav.sales.orders', '/sales/orders/new', 'sales.order.place'],
  ['nav.purchasing.orders', '/purchasing/orders/new', 'purchasing.order.create'],
  ['nav.purchasing.requisitions', '/purchasing/requisitions/new', 'purchasing.requisition.raise'],
  ['nav.finance.bills', '/finance/bills/new', 'finance.bill.enter'],
  ['nav.finance.payments', '/finance/payments/new', 'finance.payment.enter'],
  ['nav.finance.advances', '/finance/advances/new', 'finance.advance.enter'],
  ['nav.finance.drafts', '/finance/voucher-drafts/new', 'finance.voucher_draft.write'],
  ['nav.finance.nettings', '/finance/nettings/new', 'finance.netting.enter'],
  ['nav.inventory.issues', '/inventory/issues/new', 'inventory.issue.create'],
  ['nav.inventory.reorder', '/inventory/reorder-rules/new', 'inventory.reorder_rule.change'],
];

function useCommands(): Choice[] {
  const { t, language } = useWords();
  const may = useMay();
  const shade = useShade();
  const navigate = useNavigate();
  return useMemo(() => {
    const group = 'shell.search.pages' as const;
    const visible = ROOMS.filter((room) => may(room.permission)).map((room) => ({
      key: room.path, group, title: t(room.title), about: room.go ? `G ${room.go.toUpperCase()}` : '',
      run: () => void navigate(room.path),
    }));
    const fresh = NEW.filter(([, , permission]) => may(permission)).map(([title, path]) => ({
      key: path, group, title: `${t('do.new')} · ${t(title)}`, about: '', run: () => void navigate(path),
    }));
    return [
      ...visible,
      ...fresh,
      { key: 'language', group, title: t('shell.language.title'), about: '', run: () => speak(language === 'en' ? 'zh-CN' : 'en') },
      {
        key: 'shade', group, title: t(shade === 'dark' ? 'shell.light' : 'shell.dark'), about: '',
        run: () => setShade(shade === 'dark' ? 'light' : 'dark'),
      },
      { key: 'out', group, title: t('sign.out'), about: '', run: () => void signOut() },
    ];
  }, [t, language, may, shade, navigate]);
}

export function Commands({ onClose }: { onClose: () => void }): ReactNode {
  const { t, either } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const commands = useCommands();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [entered, setEntered] = useState<string>();
  const wanted = useDeferredValue(text.trim());
  const list = useRef<HTMLUListElement>(null);
  const { data: hits = [], isFetching } = useQuery({
    queryKey: ['find', wanted],
    queryFn: () => find(client, may, wanted),
    enabled: wanted.length > 1,
    placeholderData: (before: Hit[] | undefined) => before ?? [],
    staleTime: 5_000,
  });

  const choices = useMemo(() => {
    const low = wanted.toLowerCase();
    const about = (each: Hit): string => {
      const [left = '', right = ''] = each.about.split('|');
      return each.group === 'shell.search.documents' ? `${t(left as Key)} · ${right}` : either(left, right);
    };
    const found: Choice[] = (wanted.length > 1 ? hits : []).map((each) => ({
      key: each.path, group: each.group, title: each.title, about: about(each), run: () => void navigate(each.path),
    }));
    const fitting = commands.filter((each) => !low || each.title.toLowerCase().includes(low));
    return [...found, ...fitting.slice(0, low ? 8 : 40)];
  }, [hits, commands, wanted, t, either, navigate]);

  useEffect(() => setAt(0), [wanted]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);

  const run = (choice: Choice | undefined): void => {
    if (!choice) return;
    onClose();
    choice.run();
  };
  // Who types fast presses Enter before the list has followed: it goes to what that text finds, never to what is still shown.
  const ready = wanted === text.trim() && !isFetching;
  useEffect(() => {
    if (entered === undefined || !ready) return;
    setEntered(undefined);
    const first = choices[0];
    if (entered !== wanted || !first) return;
    onClose();
    first.run();
  }, [entered, ready, wanted, choices, onClose]);
  const onKey = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : choices.length - 1;
      setAt((now) => (choices.length ? (now + step) % choices.length : 0));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (ready) run(choices[at]);
      else setEntered(text.trim());
    }
  };

  return (
    <Modal open footer={null} closable={false} onCancel={onClose} width={620} className="commands" title={t('keys.search')}>
      <input
        className="commands-field"
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="command-list"
        aria-activedescendant={choices[at] ? `command-${at}` : undefined}
        aria-label={t('shell.search')}
        placeholder={t('shell.search')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKey}
      />
      <ul ref={list} id="command-list" role="listbox" aria-label={t('shell.search')} className="commands-list">
        {choices.map((choice, index) => (
          <li
            key={choice.key}
            id={`command-${index}`}
            role="option"
            aria-selected={index === at}
            data-group={choices[index - 1]?.group === choice.group ? undefined : t(choice.group)}
            onMouseMove={() => setAt(index)}
            onClick={() => run(choice)}
          >
            <span>{choice.title}</span>
            <span className="quiet">{choice.about}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && !isFetching && <p className="quiet commands-none">{t('shell.search.none')}</p>}
      <p className="quiet commands-hint">{t('shell.search.hint')}</p>
    </Modal>
  );
}
