import type { ResourceTypes } from '../../../directory/connections/rules/extension-schemas.js';
import { readBy } from '../../../directory/slow-filter.js';
import { type Filter, printPath } from '../../../scim-model/filter.js';
import { resolve } from '../../../scim-model/resolve.js';
import { FilterSyntax } from '../../../scim-model/syntax-errors.js';
import { integer, sql } from '../../../storage/sql.js';
import { renderGroups } from '../groups/group-members.js';
import { groupsSource } from '../groups/groups.js';
import { listResponse, offsetTo, parseList, refuseCursor } from '../list/list.js';
import { parseProjection } from '../resources/projection.js';
import { bodiesOf } from '../resources/resource.js';
import { renderUsers, usersSource } from '../users/users.js';
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
  const users = usersSource(request, asked, { anyName: true });
  const groups = groupsSource(request, asked, { anyName: true });
  const [userCount, groupCount] = await readBy(asked.filter, () => Promise.all([users.count(), groups.count()]));

  const { startIndex, count } = asked;
  const shownUsers = await readBy(asked.filter, () =>
    users.list(users.where, sql`order by u.id limit ${integer(count)} offset ${offsetTo(startIndex)}`),
  );
  const rest = sql`limit ${integer(count - shownUsers.length)} offset ${offsetTo(Math.max(1, startIndex - userCount))}`;
  const shownGroups = await readBy(asked.filter, () => groups.list(groups.where, sql`order by g.id ${rest}`));
  const resources = [
    ...(await renderUsers(request, shownUsers, parseProjection(types.user, query))),
    ...(await renderGroups(request, shownGroups, parseProjection(types.group, query))),
  ];
  return { status: 200, body: listResponse(bodiesOf(resources), { totalResults: userCount + groupCount, startIndex }) };
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
