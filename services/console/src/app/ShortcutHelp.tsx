import { Modal } from 'antd';
import type { ReactNode } from 'react';

import { useMay } from '../api/rights';
import { useWords, type Key } from '../i18n';
import { ROOMS } from './navigation';

const GROUPS: readonly (readonly [Key, readonly (readonly [string, Key])[]])[] = [
  [
    'keys.anywhere',
    [
      ['Ctrl K', 'keys.search'],
      ['?', 'keys.help'],
      ['N', 'keys.new'],
      ['/', 'keys.filter'],
    ],
  ],
  [
    'keys.lists',
    [
      ['↑ ↓', 'keys.rows'],
      ['Enter', 'keys.open'],
    ],
  ],
  [
    'keys.entry',
    [
      ['Enter · Tab', 'keys.next'],
      ['↑ ↓', 'keys.up'],
      ['Ctrl V', 'keys.paste'],
      ['Ctrl Delete', 'keys.remove'],
      ['Ctrl Enter', 'keys.submit'],
    ],
  ],
];

export function ShortcutHelp({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useWords();
  const may = useMay();
  return (
    <Modal open footer={null} title={t('shell.shortcuts')} onCancel={onClose} width={560}>
      <div className="keys">
        {GROUPS.map(([title, keys]) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key + what}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{t(what)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>{t('keys.go')}</h3>
          <dl>
            {ROOMS.filter((room) => room.go && may(room.permission)).map((room) => (
              <div key={room.path}>
                <dt>
                  <kbd>{`G ${room.go?.toUpperCase() ?? ''}`}</kbd>
                </dt>
                <dd>{t(room.title)}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Modal>
  );
}
