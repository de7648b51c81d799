import { describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { Issuers } from '../../../src/identity-providers/oidc/issuers.js';

const issuer = 'https://idp.example';
const options = { issuer, algorithms: ['RS256'] };

async function key(kid?: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), ...(kid && { kid }) } as JWK };
}
type Key = Awaited<ReturnType<typeof key>>;
const token = ({ privateKey }: Key, kid?: string, claims = {}) =>
  new SignJWT({ iss: issuer, ...claims }).setProtectedHeader({ alg: 'RS256', ...(kid && { kid }) }).sign(privateKey);

/** Returns an issuer with these keys and this metadata, which counts its requests. */
function issuers(keys: unknown[], metadata: object = {}) {
  const state = { keys, reads: 0, requests: 0, isDown: false };
  const json = async (url: string) => {
    state.requests += 1;
    if (state.isDown) throw new Error('status 503');
    if (!url.includes('jwks')) return { issuer, jwks_uri: `${issuer}/jwks`, ...metadata };
    state.reads += 1;
    return { keys: state.keys };
  };
  return { state, known: new Issuers({ json, withheld: () => null } as never) };
}

async function later<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  const { now } = performance;
  performance.now = () => now.call(performance) + milliseconds;
  try {
    return await work();
  } finally {
    performance.now = now;
  }
}

describe('key sets', () => {
  test('entries without kty, null, and of an unknown kind are ignored (RFC 7517 section 5)', async () => {
    const one = await key('k');
    const odd = [null, 5, 'x', {}, { kty: null }, { kty: 'XYZ', kid: 'k' }, { kty: 'oct', k: 'AAAA', kid: 'k' }];
    const { known } = issuers([...odd, one.jwk]);
    expect(await known.verify(issuer, await token(one, 'k'), options)).toMatchObject({ iss: issuer });
  });

  test('members of a key that are null are absent', async () => {
    const one = await key('k');
    const { known } = issuers([{ ...one.jwk, alg: null, use: null, key_ops: null, x5c: null }]);
    expect(await known.verify(issuer, await token(one, 'k'), options)).toMatchObject({ iss: issuer });
  });

  test('an unusable key does not affect the next one', async () => {
    const one = await key('k');
    const broken = [
      { kty: 'RSA', kid: 'k', n: '!!', e: 'AQAB' },
      { kty: 'RSA', kid: 'k', n: 'AQAB', e: 'AQAB' },
    ];
    const { known } = issuers([...broken, one.jwk]);
    for (const kid of ['k', undefined])
      expect(await known.verify(issuer, await token(one, kid), options)).toMatchObject({ iss: issuer });
    const expired = await token(one, 'k', { exp: 1 });
    await expect(known.verify(issuer, expired, options)).rejects.toThrow(/"exp"/);
  });

  test('a key without kid fits a token with one', async () => {
    const [one, other] = [await key(), await key('other')];
    for (const keys of [[one.jwk], [other.jwk, one.jwk]]) {
      const { known } = issuers(keys);
      expect(await known.verify(issuer, await token(one, 'k'), options)).toMatchObject({ iss: issuer });
      await expect(known.verify(issuer, await token(other, 'k'), options)).rejects.toThrow(/signature/);
    }
  });

  test('a key that is replaced with the same kid is read again, at most once a minute', async () => {
    const [one, two] = [await key('k'), await key('k')];
    const { known, state } = issuers([one.jwk]);
    await known.verify(issuer, await token(one, 'k'), options);
    state.keys = [two.jwk];
    const signed = await token(two, 'k');
    await expect(known.verify(issuer, signed, options)).rejects.toThrow(/signature/);
    expect(state.reads).toBe(1);
    await later(61_000, async () => {
      expect(await known.verify(issuer, signed, options)).toMatchObject({ iss: issuer });
      for (let n = 0; n < 3; n++)
        await expect(known.verify(issuer, await token(one, 'k'), options)).rejects.toThrow(/signature/);
    });
    expect(state.reads).toBe(2);
  });
});

describe('an issuer is read at most once a minute, so that callers cannot make the server send requests', () => {
  test('for tokens with unknown kids', async () => {
    const [one, foreign] = [await key('k'), await key('x')];
    const { known, state } = issuers([one.jwk]);
    await known.verify(issuer, await token(one, 'k'), options);
    await later(61_000, async () => {
      for (let n = 0; n < 5; n++)
        await expect(known.verify(issuer, await token(foreign, `x${n}`), options)).rejects.toThrow();
      expect(state.reads).toBe(2);
    });
    await later(90_000, () => expect(known.verify(issuer, 'e30.e30.', options)).rejects.toThrow());
    expect(state.reads).toBe(2);
  });

  test('if it fails, before its keys are known and after', async () => {
    const [one, foreign] = [await key('k'), await key('x')];
    const { known, state } = issuers([one.jwk]);
    state.isDown = true;
    const signed = await token(one, 'k');
    for (let n = 0; n < 5; n++) await expect(known.verify(issuer, signed, options)).rejects.toThrow('status 503');
    expect(state.requests).toBe(1);
    state.isDown = false;
    await later(61_000, () => known.verify(issuer, signed, options));
    expect(state.requests).toBe(3);
    state.isDown = true;
    for (const minutes of [3, 15]) {
      const before = state.requests;
      await later(minutes * 60_000, async () => {
        for (let n = 0; n < 5; n++) {
          await expect(known.verify(issuer, await token(foreign, `x${n}`), options)).rejects.toThrow();
          expect(await known.verify(issuer, signed, options)).toMatchObject({ iss: issuer });
        }
      });
      expect(state.requests).toBe(before + 1);
    }
  });

  test('in parallel', async () => {
    const { known, state } = issuers([(await key('k')).jwk]);
    await Promise.all(Array.from({ length: 20 }, () => known.metadataOf(issuer)));
    expect(state.requests).toBe(2);
  });

  test('unless a caller who can configure it requests it', async () => {
    const { known, state } = issuers([(await key('k')).jwk]);
    state.isDown = true;
    await expect(known.metadataOf(issuer)).rejects.toThrow();
    await expect(known.refresh(issuer)).rejects.toThrow();
    state.isDown = false;
    await known.refresh(issuer);
    expect(await known.metadataOf(issuer)).toMatchObject({ issuer });
    expect(state.requests).toBe(4);
  });
});

test('optional metadata that is null is absent', async () => {
  const optional = { userinfo_endpoint: null, end_session_endpoint: null, code_challenge_methods_supported: null };
  const { known } = issuers([], optional);
  expect(await known.metadataOf(issuer)).toEqual({ issuer, jwks_uri: `${issuer}/jwks` });
});

test.each(['jwks_uri', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint'])(
  'an endpoint that is not an http or https URL is refused, also for an http issuer: %s',
  async (name) => {
    for (const one of [issuer, 'http://127.0.0.1:9999']) {
      for (const url of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'ftp://idp.example/x', 'x']) {
        const { known } = issuers([], { issuer: one, [name]: url });
        await expect(known.metadataOf(one)).rejects.toThrow(`names "${url}", which is not an http`);
      }
    }
  },
);

test('an https issuer names https endpoints only; an http issuer can name both', async () => {
  const plain = { token_endpoint: 'http://idp.example/token' };
  await expect(issuers([], plain).known.metadataOf(issuer)).rejects.toThrow('which is not an https URL');
  const local = 'http://127.0.0.1:9999';
  expect(await issuers([], { ...plain, issuer: local }).known.metadataOf(local)).toMatchObject(plain);
});
