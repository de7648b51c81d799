import { reading, type Tx, write } from '../access/write.js';
import type { ResourceType } from '../attributes/definition.js';
import { managedCount } from '../directory/connections/managed-counts.js';
import { changeGroup, deleteGroup } from '../directory/groups/change-group.js';
import { replaceMembers } from '../directory/groups/change-members.js';
import { createGroup } from '../directory/groups/create-group.js';
import {
  countGroups,
  findGroup,
  type GroupCriteria,
  groupOrder,
  groupSelection,
  groupValues,
  listGroups,
} from '../directory/groups/find-groups.js';
import type { Group, GroupFacts } from '../directory/groups/group.js';
import { lockGroup } from '../directory/groups/load-group.js';
import type { Json } from '../json.js';
import { factsOf, fromScim, toScim } from './group-form.js';
import { isLarge, renderGroups, streamGroup, streamList } from './group-members.js';
import { type ListRequest, listResponse, pageOf, parseList, type Source } from './list.js';
import { applyPatch } from './patch/apply.js';
import { changeMembers, memberChanges } from './patch/members.js';
import { type PatchOp, parsePatch } from './patch/operation.js';
import { type Projection, parseProjection, shows } from './projection.js';
import { checkVersion, names, type ScimRequest, type ScimResponse } from './request.js';
import { etagOf } from './resource.js';
import { tolerate } from './tolerances/index.js';

async function answer(request: ScimRequest, status: number, group: Group, projection: Projection) {
  const location = `${request.base.url}/Groups/${group.id}`;
  const headers = { etag: etagOf(group), ...(status === 201 && { location }) };
  if (isLarge([group], projection)) return { status, headers, stream: streamGroup(request, group, projection) };
  const [body] = await renderGroups(request, [group], projection);
  return { status, headers, body };
}

/** RFC 7644 section 3.3. */
export async function postGroup(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const { facts, memberIds } = fromScim(request.body, request.types.group);
  const { store, principal } = request;
  const { connectionId } = principal;
  const group = await write(store, principal, (tx) =>
    createGroup(tx, { ...facts, origin: 'SCIM', connectionId, memberIds }),
  );
  return answer(request, 201, group, projection);
}

/** RFC 7644 section 3.4.1. */
export async function getGroup(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const group = await findGroup(reading(request.store, request.principal), request.id);
  const { ifNoneMatch } = request;
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etagOf(group)))
    return { status: 304, headers: { etag: etagOf(group) } };
  return answer(request, 200, group, projection);
}

/** The groups that a query asks for, as a list that can be paged through. */
export function groupsSource(
  { store, principal, types }: ScimRequest,
  asked: ListRequest,
  criteria: Pick<GroupCriteria, 'anyName'> = {},
): Source<Group> {
  const read = reading(store, principal);
  const selection = groupSelection(read, { filter: asked.filter, type: types.group, ...criteria });
  const known = async () => (asked.filter ? null : managedCount(read, principal.connectionId, 'Group'));
  return {
    selection,
    order: groupOrder(selection, asked, types.group),
    list: (where, tail) => listGroups(read, { ...selection, where }, tail),
    count: async () => (await known()) ?? countGroups(read, selection),
    knownCount: known,
    sortValues: (where, sql, ids) => groupValues(read, selection, { where, sql, ids }),
  };
}

/** RFC 7644 section 3.4.2. */
export async function searchGroups(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const asked = parseList(request.query);
  const { store, principal } = request;
  const list = { owner: `${principal.connectionId} Groups`, now: store.now() };
  const { items, more } = await pageOf(asked, groupsSource(request, asked), list);
  if (isLarge(items, projection)) return { status: 200, stream: streamList(request, items, projection, more) };
  return { status: 200, body: listResponse(await renderGroups(request, items, projection), more) };
}

/** RFC 7644 section 3.5.1. Members left out are removed. */
export async function putGroup(request: ScimRequest): Promise<ScimResponse> {
  const { facts, memberIds } = fromScim(request.body, request.types.group);
  return change(request, async (tx, group) => {
    await replaceMembers(tx, group, memberIds);
    await changeGroup(tx, group, () => facts);
  });
}

/**
 * RFC 7644 section 3.5.2. Membership changes never read the group's other members. The answer to a change of a large group
 * is 204, which the RFC leaves us, unless the request says what it wants to see: a body of all members would make adding
 * one cost what the group weighs.
 */
export async function patchGroup(request: ScimRequest): Promise<ScimResponse> {
  const { types, principal, idp } = request;
  const operations = tolerate(parsePatch(request.body), idp, principal.trace.quirks);
  const changes = memberChanges(operations);
  return change(request, async (tx, group) => {
    for (const each of changes) {
      if ('members' in each) await changeMembers(tx, group, each);
      else await changeGroup(tx, group, (before) => patched(types.group, { ...toScim(before), id: group.id }, each));
    }
  });
}

const patched = (type: ResourceType, before: Json, operation: PatchOp): GroupFacts =>
  factsOf(applyPatch(type, before, [operation]));

const saysWhatToShow = ({ attributes, excludedAttributes }: Json) =>
  attributes !== undefined || excludedAttributes !== undefined;

async function change(request: ScimRequest, work: (tx: Tx, group: Group) => Promise<void>): Promise<ScimResponse> {
  const projection = parseProjection(request.types.group, request.query);
  const { store, principal, id, ifMatch } = request;
  const group = await write(store, principal, async (tx) => {
    const locked = await lockGroup(tx, id);
    checkVersion(ifMatch, etagOf(locked));
    await work(tx, locked);
    return locked;
  });
  if (shows(projection, 'members') && isLarge([group], projection) && !saysWhatToShow(request.query)) {
    return { status: 204, headers: { etag: etagOf(group) } };
  }
  return answer(request, 200, group, projection);
}

/** RFC 7644 section 3.6. */
export async function removeGroup(request: ScimRequest): Promise<ScimResponse> {
  const { store, principal, id, ifMatch } = request;
  await write(store, principal, async (tx) => {
    checkVersion(ifMatch, etagOf(await lockGroup(tx, id)));
    await deleteGroup(tx, id);
  });
  return { status: 204 };
}
