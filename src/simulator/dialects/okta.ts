import { core, type Dialect, groupSchema, membersOf, patchOf, resourceOf } from '../dialect.js';
import { filtered } from '../http.js';

/**
 * Okta: lookup, POST with a password and empty groups, GET and PUT of the complete resource, PATCH for `active`; it
 * never deletes.
 */
export const okta: Dialect = {
  name: 'Okta',
  userAgent: 'Okta SCIM Client 1.0.0',
  probe: async (http) => void (await http.send('GET', '/Users?startIndex=1&count=2')),
  match: ({ userName }) => filtered('Users', `userName eq "${userName}"`, '&startIndex=1&count=100'),
  create: (person) => ({
    ...resourceOf(person),
    schemas: [core],
    locale: 'en-US',
    groups: [],
    password: 'aB3$simulated',
  }),
  update: async (http, id, person) => {
    const { body } = await http.send('GET', `/Users/${id}`);
    const { phoneNumbers: _old, ...kept } = body ?? {};
    await http.send('PUT', `/Users/${id}`, { ...kept, ...resourceOf(person), middleName: '', groups: [] });
  },
  setActive: async (http, id, { active }) =>
    void (await http.send('PATCH', `/Users/${id}`, patchOf({ op: 'replace', value: { active } }))),
  deletes: false,
  groups: {
    match: ({ name }) => filtered('Groups', `displayName eq "${name}"`, '&startIndex=1&count=100'),
    create: async (http, { name, members }, ids) => {
      const { body } = await http.send('POST', '/Groups', { schemas: [groupSchema], displayName: name, members: [] });
      if (!body?.id) return null;
      const value = membersOf(members, ids).map((member) => ({ ...member, display: 'pushed' }));
      await http.send('PATCH', `/Groups/${body.id}`, patchOf({ op: 'replace', path: 'members', value }));
      return body.id;
    },
    rename: async (http, id, { name }) =>
      void (await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'replace', value: { id, displayName: name } }))),
    add: async (http, id, _team, added, ids) => {
      const value = membersOf(added, ids).map((member) => ({ ...member, display: 'pushed' }));
      await http.send('PATCH', `/Groups/${id}`, patchOf({ op: 'add', path: 'members', value }));
    },
    remove: async (http, id, _team, removed, ids) => {
      const operations = membersOf(removed, ids).map(({ value }) => ({
        op: 'remove',
        path: `members[value eq "${value}"]`,
      }));
      await http.send('PATCH', `/Groups/${id}`, patchOf(...operations));
    },
  },
};
