import { Button, Input } from 'antd';
import { useState, type ReactNode } from 'react';

import { problemOf, type Problem } from '../api/problem';
import { refused, signIn, signInAgain, useStanding } from '../api/session';
import { useStore } from '../lib/store';
import { useWords } from '../i18n';
import { ProblemNote } from '../parts/ProblemNote';
import { LanguageButton, ShadeButton } from './Preferences';
import mark from '../mark.svg';

/** Before one is in: nothing while it is being found out, a way to the issuer's page, or a form of our own. */
export function SignIn(): ReactNode {
  const standing = useStanding();
  if (standing === 'starting' || standing === 'leaving') return <main className="sign" aria-busy="true" />;
  return standing === 'ended' ? <Again /> : <Form />;
}

function Again(): ReactNode {
  const { t } = useWords();
  const why = useStore(refused);
  return (
    <main className="sign">
      <div className="sign-card">
        <img src={mark} alt="" width={44} height={44} />
        <h1>{t('app.name')}</h1>
        <p className="quiet">{t('sign.ended')}</p>
        {why && <code>{why}</code>}
        <Button type="primary" size="large" block autoFocus onClick={() => void signInAgain()}>
          {t('sign.in')}
        </Button>
      </div>
    </main>
  );
}

function Form(): ReactNode {
  const { t } = useWords();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);

  const enter = async (): Promise<void> => {
    setMissing(!username || !password);
    if (!username || !password) return;
    setBusy(true);
    setProblem(null);
    try {
      await signIn(username, password);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };

  return (
    <main className="sign">
      <div className="sign-tools">
        <LanguageButton />
        <ShadeButton />
      </div>
      <form
        className="sign-card"
        onSubmit={(event) => {
          event.preventDefault();
          void enter();
        }}
      >
        <img src={mark} alt="" width={44} height={44} />
        <h1>{t('app.name')}</h1>
        <p className="quiet">{t('app.motto')}</p>
        <label>
          <span>{t('sign.username')}</span>
          <Input
            size="large"
            autoFocus
            autoComplete="username"
            value={username}
            status={missing && !username ? 'error' : ''}
            onChange={(event) => setUsername(event.target.value)}
          />
        </label>
        <label>
          <span>{t('sign.password')}</span>
          <Input.Password
            size="large"
            autoComplete="current-password"
            value={password}
            status={missing && !password ? 'error' : ''}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        {missing && (!username || !password) && (
          <p role="alert" className="field-error">
            {t('sign.needed')}
          </p>
        )}
        <ProblemNote problem={problem} />
        <Button type="primary" size="large" block htmlType="submit" loading={busy}>
          {t('sign.in')}
        </Button>
      </form>
    </main>
  );
}
