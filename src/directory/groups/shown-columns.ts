import type { Session } from '../../storage/database.js';
import { rowsOf } from '../../storage/rows.js';
import { names } from '../../storage/sql.js';
import { Group } from './group.js';

type Property = keyof Group & string;

/** What each field of the API is made of, as in directory/users/shown-columns.ts. */
const madeOf: Record<string, readonly Property[]> = {
  displayName: ['displayName'],
  externalId: ['externalId'],
  origin: ['origin'],
  memberCount: ['memberCount'],
  roles: ['directRoles', 'mappedRoles'],
  createdAt: ['createdAt'],
  updatedAt: ['updatedAt'],
};

/** A reader of groups of which only these fields are shown, in an alias `g`. */
export function shownGroups(session: Pick<Session, 'dataSource'>, fields: ReadonlySet<string>) {
  // Which connection a group is of decides who may see it.
  const properties = new Set<string>(['organizationId', 'id', 'connectionId']);
  for (const field of fields) for (const property of madeOf[field] ?? []) properties.add(property);
  const { names: read, from } = rowsOf(session.dataSource, Group).pick(properties);
  return { select: names(read.map((name) => `g.${name}`)), from };
}
