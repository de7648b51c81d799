import { pick, type Random } from '../mutate.js';
import { bearer, chance, json, type Make, maybe, odd, query, typed } from '../request.js';
import { canary, domain, type Scene } from '../scene.js';

const core = 'urn:ietf:params:scim:schemas:core:2.0:';
const attributes = [
  'userName',
  'active',
  'emails',
  'emails.value',
  'emails[type eq "work"].value',
  'members',
  'groups.value',
  'meta.lastModified',
  'externalId',
  'schemas',
  'name.familyName',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
  `urn:${canary}:User:a`,
] as const;
const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr'] as const;

function filter(random: Random): string {
  const one = () =>
    `${pick(random, attributes)} ${pick(random, operators)} ${JSON.stringify(pick<unknown>(random, values))}`;
  const roll = random();
  if (roll < 0.5) return one();
  if (roll < 0.7) return `${one()} and not (${one()}) or ${one()}`;
  if (roll < 0.8) return `emails[${one()}]`;
  return maybe(random, `(${one()})`);
}
const values = [canary, '', true, 1, -1e99, null, '2026-01-01T00:00:00Z', '\0', `person@${domain}`] as const;

const user = (random: Random) => ({
  schemas: [`${core}User`],
  userName: `${Math.floor(random() * 500)}@${domain}`,
  externalId: maybe(random, String(Math.floor(random() * 500))),
  name: { givenName: canary, familyName: maybe(random, 'Doe') },
  emails: [{ value: `${Math.floor(random() * 500)}@${domain}`, type: 'work', primary: true }],
  active: pick<unknown>(random, [true, false, 'True']),
  [`urn:${canary}:User`]: { a: pick<unknown>(random, values) },
});
const group = (random: Random, ids: Scene['ids']) => ({
  schemas: [`${core}Group`],
  displayName: maybe(random, `${canary} ${Math.floor(random() * 50)}`),
  members: [{ value: pick(random, ids) }, { value: odd(random) }].slice(0, Math.floor(random() * 3)),
});
const patch = (random: Random) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    op: pick(random, ['add', 'replace', 'remove', 'Replace'] as const),
    ...(chance(random, 0.8) && { path: maybe(random, pick(random, attributes)) }),
    ...(chance(random, 0.9) && { value: pick<unknown>(random, [...values, [{ value: canary }], { active: false }]) }),
  })),
});
const bulk = (random: Random, ids: Scene['ids']) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  failOnErrors: Math.floor(random() * 4),
  Operations: Array.from({ length: Math.floor(random() * 6) }, (_, n) => ({
    method: pick(random, ['POST', 'PATCH', 'PUT', 'DELETE', 'GET'] as const),
    path: pick(random, [
      '/Users',
      '/Groups',
      `/Users/${pick(random, ids)}`,
      `/Groups/${pick(random, ids)}`,
      odd(random),
    ]),
    bulkId: `b${n}`,
    data: pick<unknown>(random, [user(random), group(random, ids), patch(random)]),
  })),
});

/** Makes requests to the SCIM endpoints and to the token endpoint of SCIM clients. */
export const scim: Make = (scene, random) => {
  const { ids } = scene;
  const base = new URL(scene.scim.base).pathname;
  const connection = chance(random, 0.05) ? `/scim/v2/${maybe(random, pick(random, ids))}` : base;
  const token = bearer(random, chance(random, 0.9) ? [scene.scim.token] : scene.keys);
  const kind = pick(random, ['list', 'list', 'item', 'write', 'write', 'patch', 'patch', 'bulk', 'search', 'other']);
  const resource = pick(random, ['Users', 'Groups'] as const);
  const search = {
    filter: filter(random),
    attributes: pick(random, attributes),
    excludedAttributes: pick(random, attributes),
    sortBy: pick(random, attributes),
    sortOrder: pick(random, ['ascending', 'descending', 'x'] as const),
    startIndex: pick(random, ['1', '0', '-1', '99999999999'] as const),
    count: pick(random, ['10', '0', '-1', '99999999999'] as const),
    cursor: pick(random, ['', canary] as const),
  };
  const version: Record<string, string> = chance(random, 0.1)
    ? { 'if-match': maybe(random, 'W/"1"'), 'if-none-match': maybe(random, '*') }
    : {};
  const sent = (method: string, path: string, body?: unknown) => {
    const scimJson = body === undefined ? { headers: {} } : json(random, body);
    if (scimJson.headers['content-type'] === 'application/json' && chance(random, 0.8))
      scimJson.headers['content-type'] = 'application/scim+json';
    return {
      ...scimJson,
      method,
      path: `${connection}${path}`,
      headers: { ...version, ...token, ...scimJson.headers },
    };
  };
  const id = maybe(random, pick(random, ids)).replace(/[^\x21-\x7e]|[?#]/g, '%00');
  switch (kind) {
    case 'list':
      return sent('GET', `/${resource}${query(random, search, 0.3)}`);
    case 'item':
      return sent(pick(random, ['GET', 'GET', 'DELETE', 'HEAD'] as const), `/${resource}/${id}`);
    case 'write':
      return chance(random, 0.5)
        ? sent('POST', `/${resource}`, resource === 'Users' ? user(random) : group(random, ids))
        : sent('PUT', `/${resource}/${id}`, resource === 'Users' ? user(random) : group(random, ids));
    case 'patch':
      return sent('PATCH', `/${resource}/${id}`, patch(random));
    case 'bulk':
      return sent('POST', '/Bulk', bulk(random, ids));
    case 'search':
      return sent('POST', `/${pick(random, ['', 'Users/', 'Groups/'] as const)}.search`, { schemas: [], ...search });
    default: {
      const path = pick(random, ['/Me', '/Schemas', '/ResourceTypes', '/ServiceProviderConfig', '/Roles', `/${id}`]);
      if (chance(random, 0.7)) return sent(pick(random, ['GET', 'POST', 'DELETE', 'PATCH'] as const), path);
      const grant = new URLSearchParams({
        grant_type: maybe(random, 'client_credentials'),
        client_id: id,
        client_secret: canary,
      });
      return {
        ...typed(random, 'application/x-www-form-urlencoded', grant.toString()),
        method: 'POST',
        path: `${connection}/oauth/token`,
      };
    }
  }
};
