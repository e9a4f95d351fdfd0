/** Who is signed in. Tokens live in this page's memory only; after a reload the issuer's own session signs in again. */

import { store, useStore } from '../lib/store';
import { CALLBACK, claimsOf, endingPage, isOffered, leave, returned } from './pkce';
import { Problem } from './problem';

interface Tokens {
  access: string;
  refresh: string | null;
  id: string | null;
  /** By the code flow, and so of this public client. */
  ofClient: boolean;
  until: number;
}

/** `leaving`: on the way to the issuer's page. `asked`: this page asks for name and password itself. */
export type Standing = 'starting' | 'leaving' | 'asked' | 'ended' | 'in';

const EARLY_MS = 20_000;

let tokens: Tokens | null = null;
let refreshing: Promise<boolean> | null = null;

export const standing = store<Standing>('starting');
export const useStanding = (): Standing => useStore(standing);

/** Why the issuer sent us back without a code. */
export const refused = store<string>('');

async function asked(form: Record<string, string>): Promise<Tokens> {
  const answer = await fetch('/api/v1/auth/token', {
    method: 'POST',
    headers: { 'Accept-Language': document.documentElement.lang },
    body: new URLSearchParams(form),
    credentials: 'same-origin',
  });
  const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (!answer.ok) throw new Problem(answer.status, said);
  const text = (name: string): string | null => (typeof said[name] === 'string' ? said[name] : null);
  return {
    access: text('access_token') ?? '',
    refresh: text('refresh_token'),
    id: text('id_token') ?? tokens?.id ?? null,
    ofClient: 'client_id' in form,
    until: Date.now() + Number(said['expires_in'] ?? 60) * 1000,
  };
}

function keep(found: Tokens): void {
  tokens = found;
  standing.set('in');
}

/** Come back from the issuer's page, or leave for it; where it has none, this page asks. */
export async function begin(): Promise<void> {
  try {
    if (location.pathname === CALLBACK) {
      const back = returned(location.search);
      history.replaceState(null, '', back && 'path' in back ? back.path : '/console/');
      if (back && 'error' in back) {
        refused.set(back.error);
        standing.set('ended');
        return;
      }
      if (back) {
        const found = await asked(back.form);
        if (!found.id || claimsOf(found.id)['nonce'] !== back.nonce) throw new Problem(401, { code: 'nonce' });
        keep(found);
        return;
      }
    }
    await signInAgain();
  } catch (error) {
    refused.set(error instanceof Problem ? error.message : '');
    standing.set('ended');
  }
}

/** By the issuer's page where it has one. */
export async function signInAgain(): Promise<void> {
  if (await isOffered().catch(() => false)) {
    standing.set('leaving');
    await leave(location.pathname + location.search);
  } else standing.set('asked');
}

/** By name and password, where the issuer has no page of its own. */
export async function signIn(username: string, password: string): Promise<void> {
  keep(await asked({ grant_type: 'password', username, password }));
}

/** Forget the tokens, and tell the issuer so. */
export async function signOut(): Promise<void> {
  const known = tokens;
  tokens = null;
  if (known?.ofClient && known.id) {
    standing.set('leaving');
    location.assign(endingPage(known.id));
    return;
  }
  standing.set('asked');
  if (known?.refresh) {
    await fetch('/api/v1/auth/revoke', {
      method: 'POST',
      body: new URLSearchParams({ token: known.refresh }),
    }).catch(() => undefined);
  }
}

/** The services no longer take the token. */
export function ended(): void {
  tokens = null;
  if (standing.get() === 'in') standing.set('ended');
}

/** Whether there is a fresh token now; several askers share one request. */
export function refresh(): Promise<boolean> {
  refreshing ??= (async () => {
    const known = tokens;
    if (!known?.refresh) return false;
    try {
      keep(
        await asked({
          grant_type: 'refresh_token',
          refresh_token: known.refresh,
          ...(known.ofClient ? { client_id: 'console' } : {}),
        }),
      );
      return true;
    } catch (error) {
      // a gateway that is away for a moment does not end the session; a refusal does
      if (error instanceof Problem && error.status < 500 && error.status !== 429) ended();
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
