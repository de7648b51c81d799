import { type Dialect, groupSchema, type Ids, membersOf, resourceOf } from '../dialect.js';
import { filtered, type Http } from '../http.js';
import type { Team } from '../tenant.js';

/** Sends the complete group for any change, like the option "Overwrite". */
async function overwrite(http: Http, id: string, { name, members }: Team, ids: Ids): Promise<void> {
  const { body } = await http.send('GET', `/Groups/${id}`);
  await http.send('PUT', `/Groups/${id}`, { ...body, displayName: name, members: membersOf(members, ids) });
}

/** PingOne and PingFederate: attribute names and operators in different case, PUT for every change. */
export const ping: Dialect = {
  name: 'Ping',
  userAgent: 'PingOne',
  probe: async (http) => {
    await http.send('GET', '/ServiceProviderConfig');
    await http.send('GET', filtered('Users', 'username Eq "nobody"'));
  },
  match: ({ userName }) => filtered('Users', `username Eq "${userName}"`),
  create: (person) => resourceOf(person),
  update: async (http, id, person) => {
    const { body } = await http.send('GET', `/Users/${id}`);
    await http.send('PUT', `/Users/${id}`, { ...resourceOf(person), id, meta: body?.meta, groups: body?.groups });
  },
  setActive: async (http, id, person) => void (await http.send('PUT', `/Users/${id}`, { ...resourceOf(person), id })),
  deletes: true,
  groups: {
    match: ({ name }) => filtered('Groups', `displayName Eq "${name}"`),
    create: async (http, { name, members }, ids) => {
      const group = { schemas: [groupSchema], displayName: name, members: membersOf(members, ids) };
      return (await http.send('POST', '/Groups', group)).body?.id ?? null;
    },
    rename: (http, id, team, ids) => overwrite(http, id, team, ids),
    add: (http, id, team, _added, ids) => overwrite(http, id, team, ids),
    remove: (http, id, team, _removed, ids) => overwrite(http, id, team, ids),
  },
};
