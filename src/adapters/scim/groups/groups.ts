import { reading, type Tx, write, writeThenRead } from '../../../access/write.js';
import { managedTotal } from '../../../directory/connections/managed-counts.js';
import { changeGroup, deleteGroup } from '../../../directory/groups/change-group.js';
import { replaceMembers } from '../../../directory/groups/change-members.js';
import { createGroup } from '../../../directory/groups/create-group.js';
import type { Group, GroupFacts } from '../../../directory/groups/group.js';
import {
  type GroupCriteria,
  groupOrder,
  groupSelection,
  groupsTotal,
} from '../../../directory/groups/queries/find-groups.js';
import { lockGroup } from '../../../directory/groups/queries/load-group.js';
import { findScimGroup, listScimGroups, type ScimGroup } from '../../../directory/groups/queries/scim-groups.js';
import { readTotal } from '../../../directory/list-page.js';
import type { Json } from '../../../kernel/json.js';
import type { ScimRequest, ScimResponse } from '../http/request.js';
import { type ListRequest, pageOf, parseList, type Source } from '../list/list.js';
import { applyPatch } from '../patch/apply.js';
import { changeMembers, groupChanges } from '../patch/members.js';
import { parsePatch } from '../patch/operation.js';
import { PatchWork } from '../patch/work.js';
import { type Projection, parseProjection } from '../resources/projection.js';
import { checkVersion, etagOf, isUnchanged } from '../resources/version.js';
import { tolerate } from '../tolerances/index.js';
import { factsOf, fromScim, toScim } from './group-form.js';
import {
  etagsOf,
  groupList,
  isLarge,
  isStreamed,
  partsIn,
  renderedGroup,
  streamGroup,
  withMembers,
} from './group-members.js';

async function responseWith(
  request: ScimRequest,
  status: number,
  found: ScimGroup,
  projection: Projection,
): Promise<ScimResponse & { headers: { etag: string } }> {
  const { group } = found;
  const location = status === 201 && { location: `${request.base.url}/Groups/${group.id}` };
  if (isStreamed([found], projection)) {
    const etag = (await etagsOf(request, [group]))(group);
    return { status, headers: { etag, ...location }, stream: streamGroup(request, group, etag, projection) };
  }
  const { etag, body } = renderedGroup(found, request, projection);
  return { status, headers: { etag, ...location }, body };
}

/** Creates a group (RFC 7644 section 3.3). */
export async function postGroup(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const { facts, memberIds } = fromScim(request.body, request.types.group);
  const { connectionId } = request.principal;
  const created = await changed(request, projection, (tx) =>
    createGroup(tx, { ...facts, origin: 'SCIM', connectionId, memberIds }),
  );
  return responseWith(request, 201, created, projection);
}

/** Returns a group (RFC 7644 section 3.4.1). */
export async function getGroup(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const found = await findScimGroup(reading(request.store, request.principal), request.id, partsIn(projection));
  const shown = await responseWith(request, 200, found, projection);
  const { etag } = shown.headers;
  return isUnchanged(request.ifNoneMatch, etag) ? { status: 304, headers: { etag } } : shown;
}

/** Returns the groups of a query as a list with pages. */
export function groupsSource(
  { store, principal, types, base }: ScimRequest,
  asked: ListRequest,
  { projection, ...criteria }: Pick<GroupCriteria, 'anyName'> & { projection: Projection },
): Source<ScimGroup> {
  const read = reading(store, principal);
  const { where, scope } = groupSelection(read, {
    filter: asked.filter,
    type: types.group,
    baseUrl: base.url,
    ...criteria,
  });
  const shownTo = { scope, connectionId: principal.connectionId, baseUrl: base.url };
  const known = asked.filter ? null : managedTotal(read, principal.connectionId, 'Group');
  const total = known ?? groupsTotal(where);
  return {
    where,
    order: groupOrder(asked, types.group, shownTo),
    known,
    total,
    read: (page) => listScimGroups(read, page, partsIn(projection)),
    count: () => readTotal(read.session, total),
  };
}

/** Lists groups (RFC 7644 section 3.4.2). */
export async function searchGroups(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const asked = parseList(request.query);
  const { store, principal } = request;
  const list = { owner: `${principal.connectionId} Groups`, now: store.now() };
  const { items, more } = await pageOf(asked, groupsSource(request, asked, { projection }), list);
  return groupList(request, items, projection, { more });
}

/** Replaces a group (RFC 7644 section 3.5.1). Returns 200 with the group at any size. Omitted members are removed. */
export async function putGroup(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const { facts, memberIds } = fromScim(request.body, request.types.group);
  const saved = await change(request, projection, async (tx, locked) => {
    await replaceMembers(tx, locked, memberIds);
    await changeGroup(tx, locked, () => facts);
  });
  return responseWith(request, 200, saved, projection);
}

/**
 * Changes a group (RFC 7644 section 3.5.2). Membership changes never read the group's other members. A change of a
 * large group returns 204, which the RFC allows, unless the request selects attributes: a body with all members would
 * make adding one member as expensive as reading the whole group. The ETag of the response is valid for If-Match.
 */
export async function patchGroup(request: ScimRequest): Promise<ScimResponse> {
  const { types, principal, idp, query, base } = request;
  const projection = parseProjection(types.group, query);
  const operations = tolerate(parsePatch(request.body), idp, principal.trace.quirks);
  const { attributes, members } = groupChanges(operations, new PatchWork(request.bulkWork));
  const saved = await change(request, projection, async (tx, locked) => {
    const work = new PatchWork(request.bulkWork);
    const patched = (before: GroupFacts) =>
      factsOf(applyPatch(types.group, { ...toScim(before), id: locked.id }, attributes, work));
    if (attributes.length > 0) await changeGroup(tx, locked, patched);
    for (const each of members) await changeMembers(tx, locked, each, { base, work });
  });
  const isShown = !isLarge(saved.group, projection) || saysWhatToShow(query);
  if (isShown) return responseWith(request, 200, saved, projection);
  return { status: 204, headers: { etag: etagOf(saved.group, null) } };
}

const saysWhatToShow = ({ attributes, excludedAttributes }: Json) =>
  attributes !== undefined || excludedAttributes !== undefined;

function change(
  request: ScimRequest,
  projection: Projection,
  work: (tx: Tx, locked: Group) => Promise<void>,
): Promise<ScimGroup> {
  return changed(request, projection, async (tx) => {
    const locked = await lockGroup(tx, request.id);
    checkVersion(request.ifMatch, locked);
    await work(tx, locked);
    return locked;
  });
}

/** Runs a change of a group and returns the group with the members of the response. */
const changed = (
  { store, principal }: ScimRequest,
  projection: Projection,
  work: (tx: Tx) => Promise<Group>,
): Promise<ScimGroup> => writeThenRead(store, principal, work, (read, group) => withMembers(read, group, projection));

/** Deletes a group (RFC 7644 section 3.6). */
export async function removeGroup(request: ScimRequest): Promise<ScimResponse> {
  const { store, principal, id, ifMatch } = request;
  await write(store, principal, async (tx) => {
    checkVersion(ifMatch, await lockGroup(tx, id));
    await deleteGroup(tx, id);
  });
  return { status: 204 };
}
