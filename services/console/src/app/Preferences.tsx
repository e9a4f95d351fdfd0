import { MoonOutlined, SunOutlined, TranslationOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { ReactNode } from 'react';

import { speak, useWords } from '../i18n';
import { setShade, useShade } from './theme';

export function LanguageButton(): ReactNode {
  const { t, language } = useWords();
  return (
    <Button
      type="text"
      icon={<TranslationOutlined />}
      title={t('shell.language.title')}
      data-testid="language"
      onClick={() => speak(language === 'en' ? 'zh-CN' : 'en')}
    >
      {t('shell.language')}
    </Button>
  );
}

export function ShadeButton(): ReactNode {
  const { t } = useWords();
  const shade = useShade();
  const title = t(shade === 'dark' ? 'shell.light' : 'shell.dark');
  return (
    <Button
      type="text"
      icon={shade === 'dark' ? <SunOutlined /> : <MoonOutlined />}
      title={title}
      aria-label={title}
      onClick={() => setShade(shade === 'dark' ? 'light' : 'dark')}
    />
  );
}
