import { AppstoreOutlined, DeleteOutlined, SettingOutlined } from '@ant-design/icons';
import { Button, Checkbox, Input, Popover } from 'antd';
import { useState, type ReactNode } from 'react';

import { useWords, type Key } from '../../i18n';
import { remember, remembered } from '../../lib/storage';
import type { ListState } from './state';

interface View {
  name: string;
  query: string;
  columns: string[];
}

export function ColumnChoice({
  columns,
  shown,
  onChange,
}: {
  columns: readonly { key: string; title: Key }[];
  shown: readonly string[];
  onChange: (shown: string[] | null) => void;
}): ReactNode {
  const { t } = useWords();
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={
        <div className="columns-list">
          {columns.map((column) => (
            <Checkbox
              key={column.key}
              checked={shown.includes(column.key)}
              disabled={shown.length === 1 && shown[0] === column.key}
              onChange={(event) =>
                onChange(
                  columns
                    .map((each) => each.key)
                    .filter((key) => (key === column.key ? event.target.checked : shown.includes(key))),
                )
              }
            >
              {t(column.title)}
            </Checkbox>
          ))}
          <Button size="small" onClick={() => onChange(null)}>
            {t('do.reset')}
          </Button>
        </div>
      }
    >
      <Button icon={<SettingOutlined />}>{t('do.columns')}</Button>
    </Popover>
  );
}

export function Views({
  id,
  state,
  shown,
  onColumns,
}: {
  id: string;
  state: ListState;
  shown: readonly string[];
  onColumns: (shown: string[]) => void;
}): ReactNode {
  const { t } = useWords();
  const [views, setViews] = useState<View[]>(() => remembered(`views.${id}`, []));
  const [name, setName] = useState('');
  const [open, setOpen] = useState(false);
  const keep = (next: View[]): void => {
    setViews(next);
    remember(`views.${id}`, next);
  };
  const save = (): void => {
    const wanted = name.trim();
    if (!wanted) return;
    keep([...views.filter((view) => view.name !== wanted), { name: wanted, query: state.query, columns: [...shown] }]);
    setName('');
  };
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      open={open}
      onOpenChange={setOpen}
      content={
        <div className="columns-list">
          {views.map((view) => (
            <div key={view.name} className="filters">
              <Button
                type="text"
                onClick={() => {
                  state.setQuery(view.query);
                  onColumns(view.columns);
                  setOpen(false);
                }}
              >
                {view.name}
              </Button>
              <span className="grow" />
              <Button
                type="text"
                size="small"
                icon={<DeleteOutlined />}
                aria-label={t('do.deleteView', { name: view.name })}
                onClick={() => keep(views.filter((each) => each !== view))}
              />
            </div>
          ))}
          <Input
            value={name}
            placeholder={t('do.viewName')}
            aria-label={t('do.viewName')}
            onChange={(event) => setName(event.target.value)}
            onPressEnter={save}
          />
          <Button size="small" type="primary" disabled={!name.trim()} onClick={save}>
            {t('do.saveView')}
          </Button>
        </div>
      }
    >
      <Button icon={<AppstoreOutlined aria-hidden />}>{t('do.views')}</Button>
    </Popover>
  );
}
