/** The authorization code flow with PKCE: what is kept between leaving for the issuer's page and coming back. */

const KEPT = 'tongheng.sign-in';
const CLIENT = 'console';
export const CALLBACK = '/console/callback';

interface Kept {
  state: string;
  nonce: string;
  verifier: string;
  path: string;
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

export async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

const redirectUri = (): string => location.origin + CALLBACK;

/** Whether the issuer knows the flow, and this page may make its proofs (browsers allow it over TLS and on localhost). */
export async function isOffered(): Promise<boolean> {
  // `subtle` is missing on pages that came by plain HTTP
  if (!(crypto as { subtle?: SubtleCrypto }).subtle) return false;
  const answer = await fetch('/.well-known/openid-configuration');
  if (!answer.ok) return false;
  const said = (await answer.json()) as Record<string, unknown>;
  return typeof said['authorization_endpoint'] === 'string';
}

/** Leave for the issuer's page; who has a session there comes back at once. */
export async function leave(path: string): Promise<void> {
  const kept: Kept = { state: random(), nonce: random(), verifier: random(), path };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT,
    redirect_uri: redirectUri(),
    scope: 'openid profile',
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await challengeOf(kept.verifier),
    code_challenge_method: 'S256',
    ui_locales: document.documentElement.lang === 'en' ? 'en' : 'zh',
  });
  location.assign(`/api/v1/auth/authorize?${query.toString()}`);
}

export interface Returned {
  form: Record<string, string>;
  nonce: string;
  path: string;
}

/** What came back from the issuer's page: the form for its token, or null if it did not come from our own leaving. */
export function returned(search: string): Returned | { error: string } | null {
  const said = new URLSearchParams(search);
  const text = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  if (!text) return null;
  const kept = JSON.parse(text) as Kept;
  if (said.get('state') !== kept.state) return null;
  const code = said.get('code');
  if (!code) return { error: said.get('error') ?? 'unknown' };
  return {
    form: {
      grant_type: 'authorization_code', code, redirect_uri: redirectUri(), client_id: CLIENT, code_verifier: kept.verifier,
    },
    nonce: kept.nonce,
    path: kept.path,
  };
}

/** The claims of a token that came straight from the issuer. */
export function claimsOf(token: string): Record<string, unknown> {
  const part = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0)))) as Record<string, unknown>;
}

/** The page that ends the issuer's session, too. */
export function endingPage(idToken: string): string {
  const query = new URLSearchParams({
    id_token_hint: idToken, client_id: CLIENT, post_logout_redirect_uri: `${location.origin}/console/`,
  });
  return `/api/v1/auth/sign-out?${query.toString()}`;
}
