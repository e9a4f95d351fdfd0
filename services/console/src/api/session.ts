/** Who is signed in. Tokens live in this page's memory only; a page that is closed forgets them. */

import { store, useStore } from '../lib/store';
import { Problem } from './problem';

interface Tokens {
  access: string;
  refresh: string | null;
  until: number;
}

const EARLY_MS = 20_000;

let tokens: Tokens | null = null;
let refreshing: Promise<boolean> | null = null;

export const signedIn = store(false);
export const useSignedIn = (): boolean => useStore(signedIn);

async function asked(form: Record<string, string>): Promise<Tokens> {
  const answer = await fetch('/api/v1/auth/token', {
    method: 'POST',
    headers: { 'Accept-Language': document.documentElement.lang },
    body: new URLSearchParams(form),
    credentials: 'same-origin',
  });
  const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (!answer.ok) throw new Problem(answer.status, said);
  return {
    access: String(said['access_token']),
    refresh: typeof said['refresh_token'] === 'string' ? said['refresh_token'] : null,
    until: Date.now() + Number(said['expires_in'] ?? 60) * 1000,
  };
}

function keep(found: Tokens): void {
  tokens = found;
  signedIn.set(true);
}

export async function signIn(username: string, password: string): Promise<void> {
  keep(await asked({ grant_type: 'password', username, password }));
}

/** Forget the tokens, and tell the issuer so. */
export async function signOut(): Promise<void> {
  const known = tokens;
  tokens = null;
  signedIn.set(false);
  if (known?.refresh) {
    await fetch('/api/v1/auth/revoke', {
      method: 'POST',
      body: new URLSearchParams({ token: known.refresh }),
    }).catch(() => undefined);
  }
}

/** Whether there is a fresh token now; several askers share one request. */
export function refresh(): Promise<boolean> {
  refreshing ??= (async () => {
    const known = tokens;
    if (!known?.refresh) return false;
    try {
      keep(await asked({ grant_type: 'refresh_token', refresh_token: known.refresh }));
      return true;
    } catch (error) {
      // a gateway that is away for a moment does not end the session; a refusal does
      if (error instanceof Problem && error.status < 500 && error.status !== 429) {
        tokens = null;
        signedIn.set(false);
      }
      return false;
    }
  })().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** A token that is good for a moment more, or null. */
export async function accessToken(): Promise<string | null> {
  if (tokens && tokens.until - EARLY_MS < Date.now() && tokens.refresh) await refresh();
  return tokens?.access ?? null;
}
