import type { ResourceTypes } from '../../../directory/connections/rules/extension-schemas.js';
import { readBy } from '../../../directory/slow-filter.js';
import { type Filter, printPath } from '../../../scim-model/filter.js';
import { resolve } from '../../../scim-model/resolve.js';
import { FilterSyntax } from '../../../scim-model/syntax-errors.js';
import { groupList } from '../groups/group-members.js';
import { groupsSource } from '../groups/groups.js';
import { parseList, refuseCursor, type Source } from '../list/list.js';
import { parseProjection } from '../resources/projection.js';
import { renderedUser, usersSource } from '../users/users.js';
import type { ScimRequest, ScimResponse } from './request.js';

/**
 * Handles a query across resource types (RFC 7644 section 3.4.2.1): lists the users, then the groups, each ordered by
 * id. An attribute that only one of the types has is absent in resources of the other. `sortBy` applies to one type
 * only and is ignored.
 *
 * @throws FilterSyntax for an attribute that no type has, ScimError invalidCursor
 */
export async function searchAll(request: ScimRequest): Promise<ScimResponse> {
  const { types, query } = request;
  const asked = { ...parseList(query), sortBy: null };
  refuseCursor(asked);
  if (asked.filter) checkNames(asked.filter, types);
  const [ofUser, ofGroup] = [parseProjection(types.user, query), parseProjection(types.group, query)];
  const users = usersSource(request, asked, { anyName: true, projection: ofUser });
  const groups = groupsSource(request, asked, { anyName: true, projection: ofGroup });
  const { startIndex, count } = asked;
  const { shownUsers, shownGroups, totalResults } = await readBy(asked.filter, async () => {
    const [userCount, groupCount] = await Promise.all([users.count(), groups.count()]);
    const shownUsers = await part(users, { limit: count, offset: startIndex - 1 });
    const rest = { limit: count - shownUsers.length, offset: Math.max(0, startIndex - 1 - userCount) };
    return { shownUsers, shownGroups: await part(groups, rest), totalResults: userCount + groupCount };
  });
  const ahead = shownUsers.map((found) => renderedUser(found, request, ofUser).body);
  return groupList(request, shownGroups, ofGroup, { ahead, more: { totalResults, startIndex } });
}

async function part<T>({ where, order, read }: Source<T>, page: { limit: number; offset: number }): Promise<T[]> {
  if (page.limit === 0) return [];
  const { rows } = await read({ where, order, ...page });
  return rows.map(({ item }) => item);
}

function checkNames(filter: Filter, types: ResourceTypes): void {
  if ('left' in filter) {
    checkNames(filter.left, types);
    checkNames(filter.right, types);
  } else if (filter.kind === 'not') checkNames(filter.filter, types);
  else if (![types.user, types.group].some((type) => resolve(type, filter.path, () => false))) {
    throw new FilterSyntax(`the attribute "${printPath(filter.path)}" does not exist`);
  }
}
