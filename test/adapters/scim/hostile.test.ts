import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { patch, type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
let id: string;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant({ provider: 'ENTRA' });
  id = (await tenant.scim('POST', '/Users', { userName: 'victim@acme.com', title: 'T' })).body.id;
});
afterAll(() => world.close());

const raw = async (body: string | Uint8Array, path = '/Users', method = 'POST') => {
  const answer = await fetch(`${world.url}/scim/v2/${tenant.connectionId}${path}`, {
    method,
    headers: { authorization: `Bearer ${tenant.scimToken}`, 'content-type': 'application/scim+json' },
    body: body as string,
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
};
const deep = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;
const head = '{"userName":"hostile@acme.com","title":';

describe('hostile bodies are a documented 4xx, and nothing is written (SR-118)', () => {
  test.each([
    { what: 'not JSON', body: '{"userName":', status: 400, scimType: 'invalidSyntax' },
    { what: 'text after the end', body: '{"userName":"a"} x', status: 400, scimType: 'invalidSyntax' },
    { what: 'a list', body: '[]', status: 400, scimType: 'invalidSyntax' },
    { what: 'a string', body: '"x"', status: 400, scimType: 'invalidSyntax' },
    {
      what: 'invalid UTF-8',
      body: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22]),
      status: 400,
      scimType: 'invalidSyntax',
    },
    {
      what: 'an overlong UTF-8 NUL',
      body: Buffer.from('{"userName":"\xc0\x80"}', 'latin1'),
      status: 400,
      scimType: 'invalidSyntax',
    },
    {
      what: 'a name twice',
      body: '{"userName":"a@acme.com","userName":"b@acme.com"}',
      status: 400,
      scimType: 'invalidSyntax',
    },
    {
      what: 'a name twice, escaped',
      body: '{"userName":"a@acme.com","user\\u004eame":"b@acme.com"}',
      status: 400,
      scimType: 'invalidSyntax',
    },
    {
      what: 'a name twice, deep inside',
      body: `${head}"x","name":{"givenName":"a","givenName":"b"}}`,
      status: 400,
      scimType: 'invalidSyntax',
    },
    { what: 'lists 100,000 deep', body: `${head}${deep(100_000, '[', ']')}}`, status: 400, scimType: 'invalidSyntax' },
    {
      what: 'an object with 20,000 names',
      body: `${head}{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join()}}}`,
      status: 400,
      scimType: 'invalidSyntax',
    },
    {
      what: 'objects 100,000 deep',
      body: `${head}${deep(100_000, '{"a":', '}')}}`,
      status: 400,
      scimType: 'invalidSyntax',
    },
    { what: 'unclosed lists', body: '['.repeat(500_000), status: 400, scimType: 'invalidSyntax' },
    { what: 'NUL in the userName', body: '{"userName":"a\\u0000b"}', status: 400, scimType: 'invalidValue' },
    {
      what: 'a control character in the userName',
      body: '{"userName":"a\\u0007b"}',
      status: 400,
      scimType: 'invalidValue',
    },
    {
      what: 'a lone surrogate in the userName',
      body: '{"userName":"a\\ud800"}',
      status: 400,
      scimType: 'invalidValue',
    },
    { what: 'NUL in a title', body: `${head}"a\\u0000b"}`, status: 400, scimType: 'invalidValue' },
    {
      what: 'NUL in an unknown attribute',
      body: `${head}"x","colour":"a\\u0000b"}`,
      status: 400,
      scimType: 'invalidValue',
    },
    { what: 'NUL in a name', body: `${head}"x","a\\u0000b":"c"}`, status: 400, scimType: 'invalidValue' },
    {
      what: 'a lone surrogate in an unknown attribute',
      body: `${head}"x","colour":"\\udfff"}`,
      status: 400,
      scimType: 'invalidValue',
    },
    { what: 'a number beyond the range of a double', body: `${head}1e999}`, status: 400, scimType: 'invalidValue' },
    { what: 'an object where a string belongs', body: `${head}{"a":1}}`, status: 400, scimType: 'invalidValue' },
    { what: '10 MB', body: `${head}"${'x'.repeat(10 * 1024 * 1024)}"}`, status: 413, scimType: undefined },
  ])('$what: $status', async ({ body, status, scimType }) => {
    const { length } = await tenant.events();
    const answer = await raw(body);
    expect([answer.status, answer.body.scimType]).toEqual([status, scimType]);
    expect(answer.body).toMatchObject({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
      status: String(status),
      detail: expect.any(String),
    });
    expect((await tenant.events()).length).toBe(length);
  });

  test('__proto__, constructor and prototype are ordinary names in every position', async () => {
    const keys = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString'];
    for (const key of keys) {
      const bodies = [
        `{"userName":"p-${key}@acme.com","${key}":{"polluted":true},"name":{"${key}":{"polluted":true}}}`,
        `{"userName":"u-${key}@acme.com","urn:x:${key}":{"${key}":{"polluted":true}}}`,
      ];
      for (const body of bodies) expect([201, 400]).toContain((await raw(body)).status);
      const operations = [
        `{"op":"add","value":{"${key}":{"polluted":true}}}`,
        `{"op":"add","path":"${key}","value":{"polluted":true}}`,
        `{"op":"add","path":"${key}.polluted","value":true}`,
        `{"op":"replace","path":"name.${key}","value":true}`,
        `{"op":"replace","path":"emails[${key} eq \\"x\\"].value","value":"x"}`,
        `{"op":"add","path":"urn:x:${key}:polluted","value":true}`,
        `{"op":"add","value":{"${key}.polluted":true}}`,
        `{"op":"remove","path":"${key}"}`,
      ];
      for (const operation of operations) {
        const answer = await raw(`{"Operations":[${operation}]}`, `/Users/${id}`, 'PATCH');
        expect([200, 400]).toContain(answer.status);
      }
      const filter = encodeURIComponent(`${key} eq "x" or ${key}.polluted pr`);
      expect([200, 400]).toContain(
        (await tenant.scim('GET', `/Users?filter=${filter}&sortBy=${key}&attributes=${key}`)).status,
      );
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  }, 60_000);

  test.each(['Users', 'Groups'])('PATCH after PATCH cannot make a resource of more than 1 MiB: %s', async (kind) => {
    const sent = kind === 'Users' ? { userName: 'large@acme.com' } : { displayName: 'large' };
    const { body: made } = await tenant.scim('POST', `/${kind}`, sent);
    const patch = (n: number) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [
        {
          op: 'add',
          value: Object.fromEntries(Array.from({ length: 9_000 }, (_, k) => [`l${n}_${k}`, 'v'.repeat(80)])),
        },
      ],
    });
    const path = `/${kind}/${made.id}`;
    expect((await tenant.scim('PATCH', path, patch(0))).status).toBe(200);
    const refused = await tenant.scim('PATCH', path, patch(1));
    expect([refused.status, refused.body.scimType]).toEqual([413, 'tooMany']);
    const { body } = await tenant.scim('GET', path);
    expect([body.l0_0 !== undefined, body.l1_0]).toEqual([true, undefined]);
  });

  test('a body with too many attributes in total is refused', async () => {
    const list = Array.from({ length: 130_000 }, () => ({ a: 1, b: 2 }));
    const answer = await tenant.scim('POST', '/Groups', { displayName: 'many', list });
    expect([answer.status, answer.body.scimType]).toEqual([413, 'tooMany']);
  });

  test('a PATCH with too many values is refused', async () => {
    const { body: made } = await tenant.scim('POST', '/Users', { userName: 'many@acme.com' });
    const Operations = [{ op: 'add', path: 'list', value: Array(200_000).fill(1) }];
    const answer = await tenant.scim('PATCH', `/Users/${made.id}`, { Operations });
    expect([answer.status, answer.body.scimType]).toEqual([413, 'tooMany']);
  });

  test('too many operations, filters that are too long or too deep, and malformed ids are refused', async () => {
    const many = patch(...Array.from({ length: 1001 }, () => ({ op: 'add', path: 'title', value: 'x' })));
    const tooMany = await tenant.scim('PATCH', `/Users/${id}`, many);
    expect([tooMany.status, tooMany.body.scimType]).toEqual([413, 'tooMany']);
    for (const filter of [
      `${'('.repeat(40)}title pr${')'.repeat(40)}`,
      `title eq "${'x'.repeat(9000)}"`,
      'title eq "\u0000"',
    ]) {
      const answer = await tenant.scim('POST', '/Users/.search', { filter });
      expect([400, 200]).toContain(answer.status);
      if (answer.status === 400) expect(answer.body.scimType).toBe('invalidFilter');
    }
    for (const odd of ['%00', '..%2f..', 'bulkId', 'a'.repeat(500), '%F0%9F%92%A9', "'", '%25']) {
      expect([400, 404]).toContain((await tenant.scim('GET', `/Users/${odd}`)).status);
      expect([400, 404]).toContain((await tenant.scim('PATCH', `/Groups/${odd}`, patch())).status);
    }
  });

  test('the server does not read the body of a request without a credential', async () => {
    const { hostname, port } = new URL(world.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      // A megabyte is announced and never sent: the response does not wait for it.
      socket.write(
        `POST /scim/v2/${tenant.connectionId}/Users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{`,
      );
      socket.once('data', (data) => {
        resolve(data.toString());
        socket.destroy();
      });
      socket.once('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 401/);
  });
});

describe('random bytes', () => {
  const soup = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc
      .array(
        fc.constantFrom(
          'emails',
          '[',
          ']',
          '.',
          '"',
          'type',
          ' eq ',
          'value',
          'urn:',
          ':',
          '\\',
          'a',
          '(',
          'not',
          ' and ',
        ),
        {
          maxLength: 30,
        },
      )
      .map((parts) => parts.join('')),
  );

  test('in filter, path, body and query never cause a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(soup, fc.json(), async (text, json) => {
        const answers = await Promise.all([
          tenant.scim(
            'GET',
            `/Users?${new URLSearchParams({ filter: text, sortBy: text, attributes: text, count: text })}`,
          ),
          tenant.scim('GET', `/Groups?${new URLSearchParams({ filter: text, cursor: text })}`),
          tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: text, value: JSON.parse(json) })),
          tenant.scim('PATCH', `/Users/${id}`, patch({ op: 'add', value: { [text]: JSON.parse(json) } })),
          raw(text),
          raw(json),
          raw(json, '/Bulk'),
          tenant.scim('POST', '/Bulk', {
            Operations: [{ method: 'POST', path: text, bulkId: text, data: JSON.parse(json) }],
          }),
          tenant.scim('POST', '/.search', { filter: text }),
        ]);
        const faults = answers.filter(({ status }) => status >= 500).map(({ body }) => body);
        expect(faults).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
