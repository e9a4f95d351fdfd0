import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

import { useSearch, type Entry, type Kind } from '../api/directory';
import { useWords } from '../i18n';

export interface LookupProps {
  kind: Kind;
  company: string;
  value: string;
  /** The code chosen, with what is known of it; null while what stands there names nothing. */
  onChange: (code: string, entry: Entry | null) => void;
  /** Enter was pressed on a settled value. */
  onEnter?: () => void;
  /** Keys that this field leaves to its surroundings. */
  onKey?: (event: KeyboardEvent<HTMLInputElement>) => void;
  onPaste?: (event: React.ClipboardEvent<HTMLInputElement>) => void;
  className?: string;
  label: string;
  placeholder?: string;
  invalid?: boolean;
  autoFocus?: boolean;
  cell?: string;
  id?: string;
}

/** Type-ahead over a directory: code, name, pinyin initials, barcode. A scanner's burst with its Enter settles it at once. */
export function Lookup(props: LookupProps): ReactNode {
  const { kind, company, value, onChange, onEnter, onKey } = props;
  const { t, either } = useWords();
  const { search, resolve } = useSearch(kind, company);
  const [text, setText] = useState(value);
  const [open, setOpen] = useState(false);
  const [entries, setEntries] = useState<Entry[]>([]);
  const [at, setAt] = useState(0);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  const field = useRef<HTMLInputElement>(null);
  const asked = useRef(0);
  const list = useId();
  /** What was last found to name a record, or not to. */
  const settled = useRef(value);
  const shown = useRef(value);
  shown.current = text;

  useEffect(() => {
    if (value === shown.current) return;
    settled.current = value;
    setText(value);
  }, [value]);

  const look = async (wanted: string): Promise<void> => {
    const turn = ++asked.current;
    const found = await search(wanted).catch(() => []);
    if (turn !== asked.current) return;
    setEntries(found);
    setAt(0);
  };

  useLayoutEffect(() => {
    if (!open || !field.current) return;
    const box = field.current.getBoundingClientRect();
    const below = window.innerHeight - box.bottom > 220;
    setPlace({
      left: Math.max(4, Math.min(box.left, window.innerWidth - 330)),
      top: below ? box.bottom + 3 : Math.max(4, box.top - 3 - Math.min(290, 30 * Math.max(entries.length, 1) + 10)),
    });
  }, [open, entries]);

  const choose = (entry: Entry): void => {
    asked.current += 1;
    settled.current = entry.code;
    setText(entry.code);
    setOpen(false);
    onChange(entry.code, entry);
  };

  /** Make what was typed a record, if it names one exactly. */
  const settle = async (typed: string): Promise<boolean> => {
    const found = await resolve(typed).catch(() => null);
    if (found) {
      choose(found);
      return true;
    }
    settled.current = typed;
    onChange(typed, null);
    return false;
  };

  const enter = async (): Promise<void> => {
    const typed = field.current?.value.trim() ?? '';
    // who went elsewhere while this was looked up stays there
    const goOn = (): void => {
      if (document.activeElement === field.current) onEnter?.();
    };
    if (!typed) {
      setOpen(false);
      goOn();
      return;
    }
    if (typed === settled.current && !open) {
      goOn();
      return;
    }
    // a scanner types faster than a list can follow: what is exact goes before what is highlighted
    if (await settle(typed)) {
      goOn();
      return;
    }
    const found = await search(typed).catch(() => []);
    const chosen = entries[at] && found.some((each) => each.code === entries[at]?.code) ? entries[at] : found[0];
    if (chosen) {
      choose(chosen);
      goOn();
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.nativeEvent.isComposing) return;
    if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp') && entries.length > 0) {
      event.preventDefault();
      setAt((at + (event.key === 'ArrowDown' ? 1 : entries.length - 1)) % entries.length);
      return;
    }
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      void enter();
      return;
    }
    if (event.key === 'Escape' && open) {
      event.stopPropagation();
      setOpen(false);
      return;
    }
    onKey?.(event);
  };

  return (
    <>
      <input
        ref={field}
        id={props.id}
        className={props.className ?? 'lookup'}
        role="combobox"
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={open && entries[at] ? `${list}-${at}` : undefined}
        aria-label={props.label}
        aria-invalid={props.invalid ?? false}
        data-cell={props.cell}
        placeholder={props.placeholder}
        autoComplete="off"
        spellCheck={false}
        autoFocus={props.autoFocus ?? false}
        value={text}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          setText(event.target.value);
          // a form that is sent before this is settled sends what stands here
          onChange(event.target.value.trim(), null);
          setOpen(true);
          void look(event.target.value);
        }}
        onClick={() => {
          setOpen(true);
          void look(text === settled.current ? '' : text);
        }}
        onKeyDown={onKeyDown}
        onPaste={props.onPaste}
        onBlur={() => {
          setOpen(false);
          const typed = text.trim();
          if (typed !== settled.current) void settle(typed);
        }}
      />
      {open &&
        createPortal(
          <ul id={list} role="listbox" aria-label={props.label} className="lookup-list" style={place}>
            {entries.map((entry, index) => (
              <li
                key={entry.code}
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === at}
                onMouseMove={() => setAt(index)}
                onMouseDown={(event) => {
                  event.preventDefault();
                  choose(entry);
                  onEnter?.();
                }}
              >
                <span>{entry.code}</span>
                <span className="grow quiet">{either(entry.name, entry.nameEn)}</span>
                {entry.price && <span className="num quiet">{entry.price}</span>}
              </li>
            ))}
            {entries.length === 0 && (
              <li className="quiet" role="option" aria-selected="false" aria-disabled="true">
                {t('entry.none')}
              </li>
            )}
          </ul>,
          document.body,
        )}
    </>
  );
}
