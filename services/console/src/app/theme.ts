import { theme, type ThemeConfig } from 'antd';

import { remember, remembered } from '../lib/storage';
import { store, useStore } from '../lib/store';

export type Shade = 'light' | 'dark';

const system = (): Shade => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
const shade = store<Shade>(remembered<Shade | ''>('shade', '') || system());

export const useShade = (): Shade => useStore(shade);

export function setShade(next: Shade): void {
  remember('shade', next);
  shade.set(next);
}

const FONTS =
  '"Inter", system-ui, -apple-system, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** Who wants no movement gets none: a movement cut to nothing by the style sheet would never tell a menu that it has arrived. */
const still = matchMedia('(prefers-reduced-motion: reduce)').matches;

export function themeOf(now: Shade): ThemeConfig {
  const dark = now === 'dark';
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    cssVar: { key: 'tongheng' },
    hashed: false,
    token: {
      colorPrimary: dark ? '#4aa3ab' : '#17616b',
      colorInfo: dark ? '#4aa3ab' : '#17616b',
      colorLink: dark ? '#6fbfc6' : '#11606b',
      colorSuccess: dark ? '#5fb37c' : '#2b7a4b',
      colorWarning: dark ? '#d9a441' : '#9a6200',
      colorError: dark ? '#ef7a70' : '#b3261e',
      colorBgLayout: dark ? '#12171a' : '#f3f5f5',
      colorBgContainer: dark ? '#1a2024' : '#ffffff',
      colorBgElevated: dark ? '#222a2e' : '#ffffff',
      colorText: dark ? '#e4e9ea' : '#1b2427',
      colorTextSecondary: dark ? '#a4b0b4' : '#556368',
      colorTextTertiary: dark ? '#8e9b9f' : '#637176',
      colorTextDescription: dark ? '#a4b0b4' : '#5b696e',
      colorTextPlaceholder: dark ? '#849196' : '#6b797e',
      colorBorder: dark ? '#3a464b' : '#ccd5d7',
      colorBorderSecondary: dark ? '#2b3539' : '#e3e9ea',
      borderRadius: 5,
      fontSize: 13,
      controlHeight: 30,
      fontFamily: FONTS,
      wireframe: false,
      motion: !still,
      motionDurationMid: '0.12s',
      motionDurationSlow: '0.16s',
    },
    components: {
      Button: { fontWeight: 500, primaryShadow: 'none', defaultShadow: 'none', primaryColor: dark ? '#0b1a1c' : '#ffffff' },
      Modal: { titleFontSize: 15 },
      Tabs: { horizontalItemPadding: '8px 0', titleFontSize: 13 },
    },
  };
}
