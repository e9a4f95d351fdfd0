import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import type { ReactNode } from 'react';

const FORMATS = ['YYYY-MM-DD', 'YYYYMMDD', 'MM-DD', 'MMDD', 'M/D'];

/** A day: typed in any usual way, or chosen. */
export function DateInput({
  value,
  onChange,
  label,
  id,
  clear = true,
}: {
  value: string;
  onChange: (day: string) => void;
  label: string;
  id?: string;
  clear?: boolean;
}): ReactNode {
  return (
    <DatePicker
      {...(id ? { id } : {})}
      style={{ width: '100%' }}
      value={value ? dayjs(value) : null}
      format={FORMATS}
      placeholder={FORMATS[0] ?? ''}
      aria-label={label}
      allowClear={clear}
      onChange={(day) => onChange(day ? day.format('YYYY-MM-DD') : '')}
    />
  );
}
