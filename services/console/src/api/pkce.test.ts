import { beforeEach, describe, expect, it } from 'vitest';

import { challengeOf, claimsOf, returned } from './pkce';

const keep = (): void =>
  sessionStorage.setItem(
    'tongheng.sign-in',
    JSON.stringify({ state: 's1', nonce: 'n1', verifier: 'v1', path: '/console/sales/orders' }),
  );

describe('sign-in by code', () => {
  beforeEach(() => sessionStorage.clear());

  it('makes the challenge that RFC 7636 gives as its example', async () => {
    expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  });

  it('takes a code that answers our own question, once', () => {
    keep();

    const first = returned('?code=c1&state=s1');
    const second = returned('?code=c1&state=s1');

    expect(first).toMatchObject({ form: { code: 'c1', code_verifier: 'v1' }, nonce: 'n1', path: '/console/sales/orders' });
    expect(second).toBeNull();
  });

  it('takes none that answers another', () => {
    keep();
    expect(returned('?code=c1&state=other')).toBeNull();
    keep();
    expect(returned('?error=access_denied&state=s1')).toEqual({ error: 'access_denied' });
  });

  it('reads what a token says', () => {
    const body = btoa(unescape(encodeURIComponent(JSON.stringify({ nonce: 'n', name: '王' })))).replaceAll('=', '');

    expect(claimsOf(`x.${body}.y`)).toEqual({ nonce: 'n', name: '王' });
  });
});
