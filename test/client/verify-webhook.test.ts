import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Headers as UndiciHeaders } from 'undici';
import { verifyWebhook, WebhookVerificationError } from '../../src/client/index.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const body = JSON.stringify({ id: 'evt_1', type: 'user.provisioned', data: { name: 'J\u00fcrgen' } });
const event = JSON.parse(body);

function signed(text = body, at = new Date(), by = secret) {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(by).sign('msg_1', at, text),
  };
}
const caught = (work: () => unknown): WebhookVerificationError => {
  try {
    work();
  } catch (error) {
    return error as WebhookVerificationError;
  }
  throw new Error('The webhook was accepted.');
};
/** Messages that must not reach a caller: those of the library and of the runtime. */
const foreign =
  /Base64Coder|Expected payload|Missing required|No matching signature found|Invalid Signature Headers|undefined|is not a function/;

function expectProblem(problem: string, work: () => unknown): void {
  const error = caught(work);
  expect(error).toBeInstanceOf(WebhookVerificationError);
  expect([error.name, error.problem]).toEqual(['WebhookVerificationError', problem]);
  expect(error.message).not.toMatch(foreign);
}

describe('verifyWebhook accepts the headers of any server', () => {
  const plain = signed();
  const titled = Object.entries(plain).map(([name, value]) => [name.replace('webhook-', 'Webhook-'), value] as const);
  // Like node-fetch 2: has `entries` and `get`, and does not extend the global class.
  const nodeFetch = {
    entries: () => Object.entries(plain)[Symbol.iterator](),
    get: (name: string) => plain[name as keyof typeof plain] ?? null,
  };
  const withGet = { get: (name: string) => plain[name.toLowerCase() as keyof typeof plain] };
  const otherRealm = vm.runInNewContext(`(${JSON.stringify(plain)})`);
  class OwnHeaders extends Headers {}

  test.each([
    ['a plain object', plain],
    ['a plain object with other letters', Object.fromEntries(titled)],
    ['a plain object with lists', Object.fromEntries(Object.entries(plain).map(([name, value]) => [name, [value]]))],
    ['a plain object of another realm', otherRealm],
    ['an object without a prototype', Object.assign(Object.create(null), plain)],
    ['Headers', new Headers(plain)],
    ['a subclass of Headers', new OwnHeaders(plain)],
    ['Headers of undici', new UndiciHeaders(plain)],
    ['Headers of node-fetch', nodeFetch],
    ['an object with get', withGet],
    ['a Map', new Map(titled)],
    ['a Map of another realm', vm.runInNewContext(`new Map(${JSON.stringify(titled)})`)],
    ['a list of pairs', titled],
    ['an iterator of pairs', new Map(titled).entries()],
  ])('%s', (_name, headers) => {
    expect(verifyWebhook(headers as Record<string, string>, body, secret)).toEqual(event);
  });

  test.each([
    ['none', {}],
    ['null', null],
    ['a text', 'webhook-id'],
    ['an empty Map', new Map()],
    ['a list of something else', [1, null, 'x']],
    ['one that is missing', { ...plain, 'webhook-id': undefined }],
    ['entries that throw', { entries: () => Headers.prototype.entries.call({}) }],
    ['entries that are not iterable', { entries: () => 7 }],
    ['get that throws', { get: () => Headers.prototype.get.call({}, 'x') }],
  ])('and reports %s', (_name, headers) => {
    expectProblem('HEADERS', () => verifyWebhook(headers as never, body, secret));
  });
});

describe('verifyWebhook throws its own error class for a wrong value', () => {
  const text = Buffer.from(body);

  test('of the secret', () => {
    for (const wrong of [
      `v1,${secret}`,
      `${secret}\n`,
      `${secret.slice(0, 20)}\r\n${secret.slice(20)}`,
      ` ${secret}`,
      'whsec_',
      '',
      'whsec_***',
      'whsec_abcde',
      `whpk_${secret}`,
      null,
      undefined,
      text,
      7,
    ])
      expectProblem('SECRET', () => verifyWebhook(signed(), body, wrong as string));
    expect(caught(() => verifyWebhook(signed(), body, `v1,${secret}`)).message).toContain('begins with "whsec_"');
    expect(caught(() => verifyWebhook(signed(), body, `${secret}\n`)).message).toContain('line break');
  });

  test('and accepts a secret without prefix or padding', () => {
    for (const good of [secret, secret.slice(6), secret.replace(/=+$/, '')])
      expect(verifyWebhook(signed(), body, good)).toEqual(event);
  });

  test('of the body (text and bytes are accepted, a parsed object is not)', () => {
    const bytes = new Uint8Array(text);
    for (const good of [body, text, bytes, bytes.buffer, new DataView(bytes.buffer)])
      expect(verifyWebhook(signed(), good as string, secret)).toEqual(event);
    for (const wrong of [null, undefined, '', event, 7, [body], Buffer.from([0xff, 0xfe])])
      expectProblem('BODY', () => verifyWebhook(signed(), wrong as string, secret));
  });

  test('of a signed body that is not JSON', () => {
    expectProblem('BODY', () => verifyWebhook(signed('eyJhbGciOiJub25lIn0.e30.'), 'eyJhbGciOiJub25lIn0.e30.', secret));
  });

  test('of the timestamp', () => {
    for (const seconds of [-301, 301, 86_400]) {
      const at = new Date(Date.now() + seconds * 1_000 + (seconds > 0 ? 999 : 0));
      expectProblem('TIMESTAMP', () => verifyWebhook(signed(body, at), body, secret));
    }
    for (const wrong of ['soon', '12.5', '', '1e9', '-1', '0x10'])
      expectProblem(wrong === '' ? 'HEADERS' : 'TIMESTAMP', () =>
        verifyWebhook({ ...signed(), 'webhook-timestamp': wrong }, body, secret),
      );
  });

  test('of the signature', () => {
    const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
    const at = new Date();
    const good = signed(body, at)['webhook-signature'];
    for (const wrong of ['v1,', 'v1', 'v1a,x', good.replace('v1,', 'v2,'), 'v1,\u00fc', ',', good.slice(0, -4)])
      expectProblem('SIGNATURE', () => verifyWebhook({ ...signed(), 'webhook-signature': wrong }, body, secret));
    expectProblem('SIGNATURE', () => verifyWebhook(signed(), body, other));
    expectProblem('SIGNATURE', () => verifyWebhook(signed(), body.replace('user', 'User'), secret));
    // During a rotation of the secret there are two signatures (Standard Webhooks 1.0.0, "Signature scheme").
    const both = `v1a,x ${signed(body, at, other)['webhook-signature']} ${good}`;
    expect(verifyWebhook({ ...signed(body, at), 'webhook-signature': both }, body, secret)).toEqual(event);
  });
});
