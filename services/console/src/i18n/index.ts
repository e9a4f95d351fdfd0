/** Both languages, switched without a reload. */

import i18next from 'i18next';

import { remember, remembered } from '../lib/storage';
import { store, useStore } from '../lib/store';
import { common, type Pair } from './common';
import { desk } from './desk';
import { fields, values } from './fields';
import { making } from './making';
import { offers } from './offers';
import { pages } from './pages';
import { running } from './running';
import { settling } from './settling';

export const texts = { ...common, ...fields, ...values, ...pages, ...making, ...running, ...desk, ...settling, ...offers } as const;
export type Key = keyof typeof texts;
export type Language = 'zh-CN' | 'en';
export type Translate = (key: Key, values?: Record<string, string | number>) => string;

const entries = Object.entries(texts) as [Key, Pair][];
const resources = {
  'zh-CN': { translation: Object.fromEntries(entries.map(([key, [zh]]) => [key, zh])) },
  en: { translation: Object.fromEntries(entries.map(([key, [, en]]) => [key, en])) },
};

function first(): Language {
  const known = remembered<string>('language', '');
  if (known === 'en' || known === 'zh-CN') return known;
  return navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
}

function show(language: string): void {
  document.documentElement.lang = language;
  document.title = resources[language === 'en' ? 'en' : 'zh-CN'].translation['app.name'] ?? '';
}

void i18next.init({
  resources,
  lng: first(),
  fallbackLng: 'en',
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  initAsync: false,
});
const spoken = store<Language>(first());
show(spoken.get());

export function speak(language: Language): void {
  remember('language', language);
  void i18next.changeLanguage(language);
  show(language);
  spoken.set(language);
}

const has = (key: string): key is Key => key in texts;

export interface Words {
  t: Translate;
  language: Language;
  /** A word of the API (a status, a kind) in the person's language, as the trade in question says it; unknown ones as they are. */
  value: (word: string | null | undefined, of?: string | number) => string;
  /** A field's name. */
  field: (name: string) => string;
  /** The one of two texts that is in the person's language. */
  either: (zh: string, en: string | null | undefined) => string;
}

function wordsOf(language: Language): Words {
  const fixed = i18next.getFixedT(language);
  const texts: Record<string, string> = resources[language].translation;
  const t: Translate = (key, given) => (given ? fixed(key, given) : (texts[key] ?? key));
  return {
    t,
    language,
    value: (word, of) => {
      if (!word) return '';
      const key = [`v.${String(of)}.${word}`, `v.${word}`].find(has);
      return key ? t(key) : word.replaceAll('_', ' ');
    },
    field: (name) => (has(`f.${name}`) ? t(`f.${name}` as Key) : name),
    either: (zh, en) => (language === 'en' && en ? en : zh || en || ''),
  };
}

/** Made once for each language: every cell of a list asks for them. */
const WORDS: Record<Language, Words> = { 'zh-CN': wordsOf('zh-CN'), en: wordsOf('en') };

export const useWords = (): Words => WORDS[useStore(spoken)];
