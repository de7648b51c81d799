import type { Http } from './http.js';
import type { Person, Team } from './tenant.js';

/** Ids that the server assigned, by the simulator's key. */
export type Ids = ReadonlyMap<string, string>;

/** The SCIM dialect of one IdP product. Each method sends the requests for one kind of change. */
export interface Dialect {
  name: string;
  userAgent: string;
  /** Sends the requests of the administrator's "test connection". */
  probe(http: Http): Promise<void>;
  /** Returns the lookup that finds an existing user before one is created. */
  match(person: Person): string;
  create(person: Person): unknown;
  update(http: Http, id: string, person: Person, change: Partial<Person>): Promise<void>;
  setActive(http: Http, id: string, person: Person): Promise<void>;
  /** True if deactivated users are deleted later. */
  deletes: boolean;
  /** Null for IdPs that do not push groups. */
  groups: GroupDialect | null;
}

export interface GroupDialect {
  match(team: Team): string;
  create(http: Http, team: Team, ids: Ids): Promise<string | null>;
  rename(http: Http, id: string, team: Team, ids: Ids): Promise<void>;
  add(http: Http, id: string, team: Team, added: readonly string[], ids: Ids): Promise<void>;
  remove(http: Http, id: string, team: Team, removed: readonly string[], ids: Ids): Promise<void>;
}

export const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/** Returns the message of a PATCH. */
export const patchOf = (...Operations: unknown[]): unknown => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});

/** Returns members in the plain form. */
export const membersOf = (keys: Iterable<string>, ids: Ids): { value: string }[] =>
  [...keys].flatMap((key) => (ids.has(key) ? [{ value: ids.get(key) ?? '' }] : []));

/** Returns the common form of a complete user resource. */
export const resourceOf = (person: Person): Record<string, unknown> => ({
  schemas: [core, enterprise],
  externalId: person.key,
  userName: person.userName,
  name: { givenName: person.givenName, familyName: person.familyName },
  displayName: `${person.givenName} ${person.familyName}`,
  emails: [{ primary: true, type: 'work', value: person.email }],
  ...(person.phone !== null && { phoneNumbers: [{ type: 'work', value: person.phone }] }),
  title: person.title,
  active: person.active,
  [enterprise]: { department: person.department },
});
