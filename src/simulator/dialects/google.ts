import { type Dialect, enterprise, patchOf, resourceOf } from '../dialect.js';
import { filtered } from '../http.js';

/** Google Workspace: users only, numbers in place of strings, PATCH for `active`, deletion at least one day later. */
export const google: Dialect = {
  name: 'Google Workspace',
  userAgent: 'Google-Auto-Provisioning',
  probe: async (http) => void (await http.send('GET', '/Users?count=1')),
  match: ({ userName }) => filtered('Users', `userName eq "${userName}"`, '&startIndex=1'),
  create: (person) => ({
    ...resourceOf(person),
    [enterprise]: { department: person.department, employeeNumber: Number(person.userName.replace(/\D/g, '')) },
  }),
  update: async (http, id, person) =>
    void (await http.send('PUT', `/Users/${id}`, { ...resourceOf(person), id, active: String(person.active) })),
  setActive: async (http, id, { active }) =>
    void (await http.send('PATCH', `/Users/${id}`, patchOf({ op: 'replace', path: 'active', value: active }))),
  deletes: true,
  groups: null,
};
