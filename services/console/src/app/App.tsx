import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as Feedback, ConfigProvider } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useEffect, useMemo, type ReactNode } from 'react';
import { RouterProvider } from 'react-router';

import { CompanyShown } from '../api/company';
import { problemOf } from '../api/problem';
import { follow } from '../api/live';
import { useStanding } from '../api/session';
import { useWords } from '../i18n';
import { nonce } from './nonce';
import { router } from './router';
import { SignIn } from './SignIn';
import { themeOf, useShade } from './theme';

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: true,
      retry: (count, error) => count < 2 && problemOf(error).isPassing,
      retryDelay: (count) => 400 * 2 ** count,
    },
  },
  mutationCache: new MutationCache(),
});

function Live(): null {
  useEffect(() => follow(client), []);
  return null;
}

export function Surroundings({ children }: { children: ReactNode }): ReactNode {
  const shade = useShade();
  const { language } = useWords();
  const theme = useMemo(() => themeOf(shade), [shade]);
  useEffect(() => {
    document.documentElement.dataset['shade'] = shade;
  }, [shade]);
  useEffect(() => {
    dayjs.locale(language === 'en' ? 'en' : 'zh-cn');
  }, [language]);
  return (
    <ConfigProvider
      theme={theme}
      locale={language === 'en' ? en : zh}
      csp={nonce ? { nonce } : {}}
      button={{ autoInsertSpace: false }}
    >
      <Feedback message={{ maxCount: 3 }} component={false}>
        {children}
      </Feedback>
    </ConfigProvider>
  );
}

export function App(): ReactNode {
  const signedIn = useStanding() === 'in';
  useEffect(() => {
    // nothing of one person is left for the next
    if (!signedIn) client.clear();
  }, [signedIn]);
  return (
    <QueryClientProvider client={client}>
      <Surroundings>
        {signedIn ? (
          <>
            <Live />
            <CompanyShown>
              <RouterProvider router={router} />
            </CompanyShown>
          </>
        ) : (
          <SignIn />
        )}
      </Surroundings>
    </QueryClientProvider>
  );
}
