import { core, type Dialect, enterprise, groupSchema, membersOf, patchOf } from '../dialect.js';
import { filtered } from '../http.js';
import type { Person } from '../tenant.js';

const paths: Partial<Record<keyof Person, string>> = {
  title: 'title',
  department: `${enterprise}:department`,
  familyName: 'name.familyName',
  givenName: 'name.givenName',
  phone: 'phoneNumbers[type eq "work"].value',
};

const operationOf = ([key, value]: [string, unknown]) => {
  const path = paths[key as keyof Person];
  return value === null ? { op: 'Remove', path } : { op: 'Replace', path, value };
};

const listed = (members: { value: string }[]) => members.map(({ value }) => ({ $ref: null, value }));

/**
 * Entra: lookups by externalId, capitalized operations, booleans as strings, one operation per attribute, and members
 * listed in a Remove.
 */
export const entra: Dialect = {
  name: 'Microsoft Entra ID',
  userAgent: 'Microsoft.ServiceFabric.Client',
  probe: async (http) => {
    await http.send('GET', filtered('Users', 'userName eq "8f2b7a1e-6f0d-4f43-9d8e-2b1f0f3c9a11"'));
    await http.send('GET', '/Schemas');
  },
  match: ({ key }) => filtered('Users', `externalId Eq "${key}"`),
  create: (person) => ({
    schemas: [core, enterprise],
    externalId: person.key,
    userName: person.userName,
    active: 'True',
    displayName: `${person.givenName} ${person.familyName}`,
    emails: [{ primary: 'true', type: 'work', value: person.email }],
    phoneNumbers: person.phone === null ? null : [{ type: 'work', value: person.phone }],
    addresses: null,
    meta: { resourceType: 'User' },
    name: {
      formatted: `${person.givenName} ${person.familyName}`,
      familyName: person.familyName,
      givenName: person.givenName,
    },
    title: person.title,
    roles: [],
    [enterprise]: { department: person.department },
  }),
  update: async (http, id, person, change) => {
    const renamed = change.familyName === undefined ? [] : [`${person.givenName} ${person.familyName}`];
    const more = renamed.flatMap((value) => [
      { op: 'Add', path: 'displayName', value },
      { op: 'Replace', path: 'name.formatted', value },
    ]);
    await http.send('PATCH', `/Users/${id}`, patchOf(...Object.entries(change).map(operationOf), ...more));
  },
  setActive: async (http, id, { active }) => {
    const value = active ? 'True' : 'False';
    await http.send('PATCH', `/Users/${id}`, patchOf({ op: 'Replace', path: 'active', value }));
  },
  deletes: true,
  groups: {
    match: ({ name }) => `${filtered('Groups', `displayName eq "${name}"`)}&excludedAttributes=members`,
    create: async (http, { name, key, members }, ids) => {
      const schemas = [groupSchema, 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'];
      const group = { schemas, externalId: key, displayName: name, meta: { resourceType: 'Group' } };
      const { body } = await http.send('POST', '/Groups', group);
      if (!body?.id) return null;
      // Entra sends members in batches, over several requests.
      const all = listed(membersOf(members, ids));
      for (let at = 0; at < all.length; at += 100) {
        const value = all.slice(at, at + 100);
        await http.send('PATCH', `/Groups/${body.id}`, patchOf({ op: 'Add', path: 'members', value }));
      }
      return body.id;
    },
    rename: async (http, id, { name }) =>
      void (await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'Replace', path: 'displayName', value: name }))),
    add: async (http, id, _team, added, ids) => {
      const value = listed(membersOf(added, ids));
      await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'Add', path: 'members', value }));
    },
    remove: async (http, id, _team, removed, ids) => {
      const value = listed(membersOf(removed, ids));
      await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'Remove', path: 'members', value }));
    },
  },
};
