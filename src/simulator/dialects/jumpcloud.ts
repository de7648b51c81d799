import { type Dialect, groupSchema, membersOf, patchOf, resourceOf } from '../dialect.js';
import { filtered, type Http } from '../http.js';

/** Sends the requests of an activation: JumpCloud creates a user and a group with it, and deletes both. */
async function activate(http: Http): Promise<void> {
  const user = await http.send('POST', '/Users', { userName: 'activation.test@jumpcloud.invalid', active: true });
  const group = await http.send('POST', '/Groups', {
    schemas: [groupSchema],
    displayName: 'Activation test',
    members: [{ value: user.body?.id }],
  });
  await http.send('DELETE', `/Groups/${group.body?.id}`);
  await http.send('DELETE', `/Users/${user.body?.id}`);
}

/** JumpCloud: one operation with a path per attribute, PUT for all other changes, and members listed in a remove. */
export const jumpcloud: Dialect = {
  name: 'JumpCloud',
  userAgent: 'JumpCloud',
  probe: async (http) => {
    await http.send('GET', '/Users');
    await activate(http);
  },
  match: ({ userName }) => filtered('Users', `userName eq "${userName}"`),
  create: (person) => resourceOf(person),
  update: async (http, id, person, change) => {
    const { title, ...rest } = change;
    if (title === undefined || Object.keys(rest).length > 0) {
      return void (await http.send('PUT', `/Users/${id}`, resourceOf(person)));
    }
    await http.send('PATCH', `/Users/${id}`, patchOf({ op: 'replace', path: 'title', value: title }));
  },
  setActive: async (http, id, person) => void (await http.send('PUT', `/Users/${id}`, resourceOf(person))),
  deletes: true,
  groups: {
    match: ({ name }) => filtered('Groups', `displayName eq "${name}"`),
    create: async (http, { name, members }, ids) => {
      const group = { schemas: [groupSchema], displayName: name, members: membersOf(members, ids) };
      return (await http.send('POST', '/Groups', group)).body?.id ?? null;
    },
    rename: async (http, id, { name, members }, ids) =>
      void (await http.send('PUT', `/Groups/${id}`, {
        schemas: [groupSchema],
        displayName: name,
        members: membersOf(members, ids),
      })),
    add: async (http, id, _team, added, ids) =>
      void (await http.send(
        'PATCH',
        `/Groups/${id}`,
        patchOf({ op: 'add', path: 'members', value: membersOf(added, ids) }),
      )),
    remove: async (http, id, _team, removed, ids) =>
      void (await http.send(
        'PATCH',
        `/Groups/${id}`,
        patchOf({ op: 'remove', path: 'members', value: membersOf(removed, ids) }),
      )),
  },
};
