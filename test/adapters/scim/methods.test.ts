import { request as send } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Tenant, World } from '../../support/world.js';

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

const newUser = async (name: string): Promise<string> =>
  (await tenant.scim('POST', '/Users', { userName: `${name}@acme.com` })).body.id;

describe('RFC9110 15.5.6 a method that a path does not have is 405 with Allow', () => {
  test.each([
    ['PUT', '/Users', 'GET, HEAD, POST'],
    ['PATCH', '/Users', 'GET, HEAD, POST'],
    ['DELETE', '/Users', 'GET, HEAD, POST'],
    ['OPTIONS', '/Users', 'GET, HEAD, POST'],
    ['POST', '/Users/user_1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['GET', '/Users/.search', 'POST'],
    ['PUT', '/Groups', 'GET, HEAD, POST'],
    ['POST', '/Groups/group_1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ['DELETE', '/Groups/.search', 'POST'],
    ['GET', '/Bulk', 'POST'],
    ['GET', '/.search', 'POST'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/Schemas', 'GET, HEAD'],
    ['DELETE', '/ServiceProviderConfig', 'GET, HEAD'],
    ['PATCH', '/Roles/x', 'GET, HEAD'],
    ['OPTIONS', '/Me', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
  ])('%s %s', async (method, path, allow) => {
    const before = (await tenant.events()).length;
    const answer = await tenant.scim(method, path, ['PUT', 'POST', 'PATCH'].includes(method) ? {} : undefined);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(answer.body).toMatchObject({ status: '405', detail: expect.stringContaining(method) });
    expect((await tenant.events()).length).toBe(before);
  });

  const raw = (method: string, path: string, token = tenant.scimToken) =>
    new Promise<[status: number | undefined, allow: string | undefined]>((resolve, reject) => {
      const url = `${world.url}/scim/v2/${tenant.connectionId}${path}`;
      const request = send(url, { method, headers: { authorization: `Bearer ${token}` } }, (answer) => {
        answer.resume().on('end', () => resolve([answer.statusCode, answer.headers.allow]));
      });
      request.on('error', reject).end();
    });

  test.each(['TRACE', 'PROPFIND', 'SEARCH', 'LOCK'])('%s is not supported by any path', async (method) => {
    expect(await raw(method, '/Users')).toEqual([405, 'GET, HEAD, POST']);
    expect(await raw(method, '/Groups/group_1')).toEqual([405, 'GET, HEAD, PUT, PATCH, DELETE']);
    expect(await raw(method, '/Me')).toEqual([405, 'GET, HEAD, POST, PUT, PATCH, DELETE']);
    expect(await raw(method, '/oauth/token')).toEqual([405, 'POST']);
    expect(await raw(method, '/Nothing')).toEqual([404, undefined]);
    expect(await raw(method, '/Users', 'wrong')).toEqual([401, undefined]);
  });

  test.each(['/scim/v2', '/scim/v1/Users', `/scim/v2/${'a'.repeat(600)}/Users`, '/scim/v2/x/y/z'])(
    'RFC7644 3.12: %s has the form of a SCIM error',
    async (path) => {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const answer = await fetch(world.url + path, { method });
        const { schemas, status } = (await answer.json()) as { schemas: string[]; status: string };
        expect(schemas).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error']);
        expect(status).toBe(String(answer.status));
        expect([401, 404, 414]).toContain(answer.status);
      }
    },
  );

  test('an unknown path is 404; a wrong credential is 401 without Allow', async () => {
    for (const path of ['/Nothing', '/Users/a/b', '/Robots/.search'])
      for (const method of ['GET', 'PUT', 'OPTIONS', 'DELETE'])
        expect((await tenant.scim(method, path)).status).toBe(404);
    const other = await world.tenant();
    for (const token of ['wrong', other.scimToken]) {
      const answer = await world.scim(tenant.connectionId, token, 'PUT', '/Users', {});
      expect([answer.status, answer.headers.get('allow')]).toEqual([401, null]);
    }
  });

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])(
    '%s at the token endpoint is 405 with an OAuth error (RFC 6749 section 3.2)',
    async (method) => {
      const answer = await tenant.scim(method, '/oauth/token');
      expect([answer.status, answer.headers.get('allow'), answer.body.error]).toEqual([405, 'POST', 'invalid_request']);
    },
  );

  test('HEAD answers like GET without the body (RFC 9110 section 9.3.2)', async () => {
    const answer = await fetch(`${world.url}/scim/v2/${tenant.connectionId}/Users`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${tenant.scimToken}` },
    });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });
});

describe('RFC9110 8.3 a DELETE needs no content and no content type', () => {
  const types = [
    undefined,
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'nonsense',
    '',
  ];
  test.each(types)('with Content-Type %s', async (type) => {
    for (const body of [undefined, '', '{}', 'null', 'not json', '<a/>']) {
      for (const kind of ['Users', 'Groups']) {
        const id =
          kind === 'Users'
            ? await newUser(`d${Math.random()}`)
            : (await tenant.scim('POST', '/Groups', { displayName: 'Gone' })).body.id;
        const status = await new Promise((resolve, reject) => {
          const headers = {
            authorization: `Bearer ${tenant.scimToken}`,
            ...(type !== undefined && { 'content-type': type }),
            ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
          };
          const url = `${world.url}/scim/v2/${tenant.connectionId}/${kind}/${id}`;
          send(url, { method: 'DELETE', headers }, (answer) => resolve(answer.resume().statusCode))
            .on('error', reject)
            .end(body);
        });
        expect([type, body, status]).toEqual([type, body, 204]);
        expect((await tenant.scim('GET', `/${kind}/${id}`)).status).toBe(404);
      }
    }
  });

  test('content of another type is 415 for methods with content, and changes nothing (RFC 7644 section 3.1)', async () => {
    const id = await newUser('typed');
    const before = (await tenant.events()).length;
    for (const [method, path] of [
      ['POST', '/Users'],
      ['PUT', `/Users/${id}`],
      ['PATCH', `/Users/${id}`],
      ['POST', '/Bulk'],
    ] as const) {
      const answer = await tenant.scim(method, path, '{"userName":"x@acme.com"}', { 'content-type': 'text/plain' });
      expect([method, answer.status]).toEqual([method, 415]);
      const empty = await tenant.scim(method, path, '', { 'content-type': 'text/plain' });
      expect([method, empty.status]).toEqual([method, 400]);
    }
    expect((await tenant.events()).length).toBe(before);
  });
});
