import { reading, type Tx, write } from '../access/write.js';
import { attributeIn } from '../attributes/definition.js';
import { groupType } from '../attributes/group-schema.js';
import { matchesElement } from '../attributes/match-filter.js';
import { resolve } from '../attributes/resolve.js';
import { changeGroup, deleteGroup } from '../directory/groups/change-group.js';
import { addMembers, removeAllMembers, removeMembers, replaceMembers } from '../directory/groups/change-members.js';
import { createGroup } from '../directory/groups/create-group.js';
import {
  countGroups,
  findGroup,
  groupOrder,
  groupSelection,
  listGroups,
  membersOf,
} from '../directory/groups/find-groups.js';
import type { Group } from '../directory/groups/group.js';
import { lockGroup } from '../directory/groups/load-group.js';
import { isObject, type Json } from '../json.js';
import { ScimError } from './errors.js';
import { fromScim, memberIdsIn, renderGroup, toScim } from './group-form.js';
import { listResponse, pageOf, parseList } from './list.js';
import { applyPatch } from './patch/apply.js';
import { type PatchOp, type PatchPath, parsePatch, parsePath } from './patch/operation.js';
import { type Projection, parseProjection, project, shows } from './projection.js';
import { checkVersion, names, type ScimRequest, type ScimResponse } from './request.js';
import { etagOf } from './resource.js';
import { tolerate } from './tolerances/index.js';

async function answer(
  request: ScimRequest,
  status: number,
  group: Group,
  projection: Projection,
): Promise<ScimResponse> {
  const read = reading(request.store, request.principal);
  const members = shows(projection, 'members') ? await membersOf(read, [group.id]) : null;
  const location = `${request.base.url}/Groups/${group.id}`;
  const headers = { etag: etagOf(group), ...(status === 201 && { location }) };
  return { status, headers, body: project(renderGroup(group, members, request.base), projection) };
}

/** RFC 7644 section 3.3. */
export async function postGroup(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(groupType, request.query);
  const { facts, memberIds } = fromScim(request.body);
  const { store, principal } = request;
  const { connectionId } = principal;
  const group = await write(store, principal, (tx) =>
    createGroup(tx, { ...facts, origin: 'SCIM', connectionId, memberIds }),
  );
  return answer(request, 201, group, projection);
}

/** RFC 7644 section 3.4.1. */
export async function getGroup(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(groupType, request.query);
  const group = await findGroup(reading(request.store, request.principal), request.id);
  const { ifNoneMatch } = request;
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etagOf(group)))
    return { status: 304, headers: { etag: etagOf(group) } };
  return answer(request, 200, group, projection);
}

/** RFC 7644 section 3.4.2. */
export async function searchGroups(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(groupType, request.query);
  const asked = parseList(request.query);
  const read = reading(request.store, request.principal);
  const selection = groupSelection(read, { filter: asked.filter });
  const order = groupOrder(selection, asked.sortBy, asked.descending);
  const source = {
    list: (tail: string) => listGroups(read, selection, tail),
    count: () => countGroups(read, selection),
  };
  const { items, totalResults } = await pageOf(asked, source, order);
  const members = shows(projection, 'members')
    ? await membersOf(
        read,
        items.map(({ id }) => id),
      )
    : null;
  const resources = items.map((group) => {
    const own = members?.filter(({ groupId }) => groupId === group.id) ?? null;
    return project(renderGroup(group, own, request.base), projection);
  });
  return { status: 200, body: listResponse(resources, { totalResults, startIndex: asked.startIndex }) };
}

/** RFC 7644 section 3.5.1. Members left out are removed. */
export async function putGroup(request: ScimRequest): Promise<ScimResponse> {
  const { facts, memberIds } = fromScim(request.body);
  return change(request, async (tx, group) => {
    await replaceMembers(tx, group, memberIds);
    await changeGroup(tx, group, () => facts);
  });
}

/** RFC 7644 section 3.5.2. Membership changes never read the group's other members. */
export async function patchGroup(request: ScimRequest): Promise<ScimResponse> {
  const operations = tolerate(parsePatch(request.body), request.idp).flatMap(apart);
  return change(request, async (tx, group) => {
    for (const operation of operations) {
      const path = membersPath(operation);
      if (path) await changeMembers(tx, group, operation, path);
      else await changeGroup(tx, group, (before) => patched(group, toScim(before), operation));
    }
  });
}

function patched(group: Group, before: Json, operation: PatchOp) {
  const { members: _none, ...after } = applyPatch(groupType, { ...before, id: group.id }, [operation]);
  return fromScim(after).facts;
}

/** An operation without a path, as one for the members and one for the rest. */
function apart(operation: PatchOp): PatchOp[] {
  const { op, path, value } = operation;
  const key = isObject(value) ? Object.keys(value).find((name) => name.toLowerCase() === 'members') : undefined;
  if (path !== null || !isObject(value) || key === undefined) return [operation];
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return [
    { op, path: null, value: rest },
    { op, path: 'members', value: value[key] },
  ];
}

function membersPath({ path }: PatchOp): PatchPath | null {
  if (path === null) return null;
  const parsed = parsePath(path);
  return resolve(groupType, parsed.path, () => false)?.name === 'members' ? parsed : null;
}

async function changeMembers(tx: Tx, group: Group, { op, value }: PatchOp, { path, filter }: PatchPath): Promise<void> {
  if (path.sub !== null && path.sub.toLowerCase() !== 'value') {
    throw new ScimError(
      400,
      'mutability',
      `"members.${path.sub}" cannot be changed; remove the member and add another.`,
    );
  }
  if (filter && op !== 'remove')
    throw new ScimError(400, 'mutability', 'A member cannot be changed; remove it and add another.');
  if (op === 'add') return addMembers(tx, group, memberIdsIn(value));
  if (op === 'replace') return replaceMembers(tx, group, memberIdsIn(value));
  if (filter === null) return removeAllMembers(tx, group);
  if (filter.kind === 'compare' && filter.op === 'eq' && filter.path.name.toLowerCase() === 'value') {
    return removeMembers(tx, group, [String(filter.value)]);
  }
  const definition = attributeIn(groupType.core.attributes, 'members') ?? null;
  const members = await membersOf(tx, [group.id]);
  const hits = members.filter(({ id, type, display }) =>
    matchesElement(definition, { value: id, type, display }, filter),
  );
  return removeMembers(
    tx,
    group,
    hits.map(({ id }) => id),
  );
}

async function change(request: ScimRequest, work: (tx: Tx, group: Group) => Promise<void>): Promise<ScimResponse> {
  const projection = parseProjection(groupType, request.query);
  const { store, principal, id, ifMatch } = request;
  const group = await write(store, principal, async (tx) => {
    const locked = await lockGroup(tx, id);
    checkVersion(ifMatch, etagOf(locked));
    await work(tx, locked);
    return locked;
  });
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
