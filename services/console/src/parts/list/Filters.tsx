import { DatePicker, Input, Select } from 'antd';
import dayjs from 'dayjs';
import { memo, useEffect, useMemo, useState, type ReactNode } from 'react';

import { useCompanyCode } from '../../api/company';
import { atHand, found, type Kind } from '../../api/directory';
import { useQuery } from '@tanstack/react-query';
import { useWords } from '../../i18n';
import type { Filter } from './spec';
import type { ListState } from './state';

const TYPING_MS = 350;

function TextFilter({ value, title, onChange }: { value: string; title: string; onChange: (value: string | null) => void }): ReactNode {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return undefined;
    const timer = setTimeout(() => onChange(text.trim() || null), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <Input
      allowClear
      value={text}
      placeholder={title}
      aria-label={title}
      onChange={(event) => setText(event.target.value)}
      onPressEnter={() => onChange(text.trim() || null)}
    />
  );
}

function LookupFilter({ of, value, title, onChange }: { of: Kind; value: string; title: string; onChange: (value: string | null) => void }): ReactNode {
  const { either } = useWords();
  const [text, setText] = useState('');
  const { data } = useQuery(atHand(of, useCompanyCode()));
  const options = useMemo(
    () =>
      found(data?.entries ?? [], text, 30).map((entry) => ({
        value: entry.code,
        label: `${entry.code} ${either(entry.name, entry.nameEn)}`,
      })),
    [data, text, either],
  );
  return (
    <Select
      allowClear
      showSearch={{ filterOption: false, onSearch: setText }}
      value={value || null}
      placeholder={title}
      aria-label={title}
      popupMatchSelectWidth={280}
      onChange={(next: string | null) => onChange(next)}
      options={options}
    />
  );
}

export const Filters = memo(function Filters({ filters, state }: { filters: readonly Filter[]; state: ListState }): ReactNode {
  const { t, value } = useWords();
  return (
    <>
      {filters.map((filter) => {
        const now = state.filters[filter.name] ?? '';
        const title = t(filter.title);
        const set = (next: string | null): void => state.setFilter(filter.name, next);
        if (filter.kind === 'text') {
          return <TextFilter key={filter.name} value={now} title={title} onChange={set} />;
        }
        if (filter.kind === 'lookup') {
          return <LookupFilter key={filter.name} of={filter.of} value={now} title={title} onChange={set} />;
        }
        if (filter.kind === 'date') {
          return (
            <DatePicker
              key={filter.name}
              value={now ? dayjs(now) : null}
              placeholder={title}
              aria-label={title}
              onChange={(day) => set(day ? day.format('YYYY-MM-DD') : null)}
            />
          );
        }
        return (
          <Select
            key={filter.name}
            allowClear
            value={now || null}
            placeholder={title}
            aria-label={title}
            onChange={(next: string | null) => set(next)}
            options={filter.values.map((each) => {
              const word = filter.words?.[each];
              return { value: each, label: word ? t(word) : value(each, filter.of) };
            })}
          />
        );
      })}
    </>
  );
});
