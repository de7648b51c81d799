import { rowsOf } from '../../../storage/rows.js';
import type { Session } from '../../../storage/session.js';
import { names } from '../../../storage/sql.js';
import { Group } from '../group.js';

type Property = keyof Group & string;

/** Columns of a group from which each field of the API is computed. */
const madeOf: Record<string, readonly Property[]> = {
  displayName: ['displayName'],
  externalId: ['externalId'],
  origin: ['origin'],
  memberCount: ['memberCount'],
  roles: ['directRoles', 'mappedRoles'],
  createdAt: ['createdAt'],
  updatedAt: ['updatedAt'],
};

/**
 * Returns the select list for groups in an alias `g` that reads only what `fields` need, and the function that maps the
 * rows. `keys` are the properties that order the list.
 */
export function shownGroups(
  session: Pick<Session, 'dataSource'>,
  fields: ReadonlySet<string>,
  keys: readonly Property[] = [],
) {
  // The connection of a group decides which callers can see it.
  const properties = new Set<string>(['organizationId', 'id', 'connectionId', ...keys]);
  for (const field of fields) for (const property of madeOf[field] ?? []) properties.add(property);
  const { names: read, from } = rowsOf(session.dataSource, Group).pick(properties);
  return { select: names(read.map((name) => `g.${name}`)), from };
}
