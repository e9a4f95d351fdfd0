import { Alert, Modal, Typography } from 'antd';
import type { ReactNode } from 'react';

import { useWords } from '../i18n';

/** A secret that nobody can ask for again. */
export function Once({ secrets, onClose }: { secrets: readonly string[]; onClose: () => void }): ReactNode {
  const { t } = useWords();
  return (
    <Modal open title={t('secret.title')} okText={t('do.close')} onOk={onClose} onCancel={onClose} cancelButtonProps={{ hidden: true }} mask={{ closable: false }}>
      <Alert type="warning" showIcon title={t('secret.once')} />
      <p>
        <Typography.Text code copyable={{ text: secrets.join('\n') }} className="once">
          {secrets.join('  ')}
        </Typography.Text>
      </p>
    </Modal>
  );
}
