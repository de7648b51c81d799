import { type Dialect, groupSchema, membersOf, patchOf, resourceOf } from '../dialect.js';
import { filtered } from '../http.js';
import type { Person } from '../tenant.js';

/**
 * Returns a resource of OneLogin's template: booleans as strings, a null id, explicit nulls, and elements without a
 * value.
 */
const templated = (person: Person) => ({
  ...resourceOf(person),
  id: null,
  active: String(person.active),
  nickName: null,
  phoneNumbers: [{ type: 'work', value: person.phone }],
  addresses: [{ type: 'work' }],
});

export const onelogin: Dialect = {
  name: 'OneLogin',
  userAgent: 'OneLogin SCIM',
  probe: async (http) => void (await http.send('GET', '/Users?startIndex=1&count=1')),
  match: ({ userName }) => filtered('Users', `userName eq "${userName}"`),
  create: templated,
  update: async (http, id, person) => void (await http.send('PUT', `/Users/${id}`, { ...templated(person), id })),
  setActive: async (http, id, person) => void (await http.send('PUT', `/Users/${id}`, { ...templated(person), id })),
  deletes: true,
  groups: {
    match: ({ name }) => filtered('Groups', `displayName eq "${name}"`),
    create: async (http, { name, members }, ids) => {
      const group = { schemas: [groupSchema], displayName: name, members: membersOf(members, ids) };
      return (await http.send('POST', '/Groups', group)).body?.id ?? null;
    },
    rename: async (http, id, { name }) =>
      void (await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'replace', path: 'displayName', value: name }))),
    add: async (http, id, _team, added, ids) => {
      for (const value of membersOf(added, ids))
        await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'add', path: 'members', value: [value] }));
    },
    remove: async (http, id, _team, removed, ids) => {
      for (const { value } of membersOf(removed, ids))
        await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'remove', path: `members[value eq "${value}"]` }));
    },
  },
};
