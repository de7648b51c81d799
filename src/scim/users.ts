import { type Read, reading, write } from '../access/write.js';
import { userType } from '../attributes/user-schema.js';
import { type Account, changeUser } from '../directory/users/change-user.js';
import { deleteUser } from '../directory/users/deprovision-user.js';
import { countUsers, findUser, listUsers, selectionOf, userOrder } from '../directory/users/find-users.js';
import { receiveUser } from '../directory/users/receive-user.js';
import type { User } from '../directory/users/user.js';
import { listResponse, pageOf, parseList } from './list.js';
import { applyPatch } from './patch/apply.js';
import { parsePatch } from './patch/operation.js';
import { type Projection, parseProjection, project, shows } from './projection.js';
import { checkVersion, names, type ScimRequest, type ScimResponse } from './request.js';
import { etagOf } from './resource.js';
import { tolerate } from './tolerances/index.js';
import { fromScim, relatedTo, renderUser, toScim } from './user-form.js';

async function answer(request: ScimRequest, status: number, user: User, projection: Projection): Promise<ScimResponse> {
  const read = reading(request.store, request.principal);
  const related = await relatedTo(read, [user], { groups: shows(projection, 'groups') });
  const body = renderUser(user, related, request.base);
  const location = `${request.base.url}/Users/${user.id}`;
  const headers = { etag: etagOf(user), ...(status === 201 && { location }) };
  return { status, headers, body: project(body, projection) };
}

/** RFC 7644 section 3.3. */
export async function createUser(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(userType, request.query);
  const account = fromScim(request.body);
  const user = await write(request.store, request.principal, (tx) => receiveUser(tx, account));
  return answer(request, 201, user, projection);
}

/** RFC 7644 section 3.4.1. */
export async function getUser(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(userType, request.query);
  const user = await findUser(reading(request.store, request.principal), request.id);
  const { ifNoneMatch } = request;
  if (ifNoneMatch !== undefined && names(ifNoneMatch, etagOf(user)))
    return { status: 304, headers: { etag: etagOf(user) } };
  return answer(request, 200, user, projection);
}

/** RFC 7644 section 3.4.2. */
export async function searchUsers(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(userType, request.query);
  const asked = parseList(request.query);
  const read: Read = reading(request.store, request.principal);
  const selection = selectionOf(read, { filter: asked.filter });
  const order = userOrder(selection, asked.sortBy, asked.descending);
  const source = {
    list: (tail: string) => listUsers(read, selection, tail),
    count: () => countUsers(read, selection),
  };
  const { items, totalResults } = await pageOf(asked, source, order);
  const related = await relatedTo(read, items, { groups: shows(projection, 'groups') });
  const resources = items.map((user) => project(renderUser(user, related, request.base), projection));
  return { status: 200, body: listResponse(resources, { totalResults, startIndex: asked.startIndex }) };
}

/** RFC 7644 section 3.5.1. What is left out is cleared. */
export async function replaceUser(request: ScimRequest): Promise<ScimResponse> {
  return change(request, () => fromScim(request.body));
}

/** RFC 7644 section 3.5.2. All operations apply, in order, or none does. */
export async function patchUser(request: ScimRequest): Promise<ScimResponse> {
  const operations = tolerate(parsePatch(request.body), request.idp);
  return change(request, (before, user) => {
    const patched = applyPatch(userType, { ...toScim(before), id: user.id }, operations);
    return fromScim(patched);
  });
}

async function change(request: ScimRequest, edit: (before: Account, user: User) => Account): Promise<ScimResponse> {
  const projection = parseProjection(userType, request.query);
  const { store, principal, id, ifMatch } = request;
  const user = await write(store, principal, (tx) =>
    changeUser(tx, id, (before, locked) => {
      checkVersion(ifMatch, etagOf(locked));
      return edit(before, locked);
    }),
  );
  return answer(request, 200, user, projection);
}

/** RFC 7644 section 3.6. */
export async function removeUser(request: ScimRequest): Promise<ScimResponse> {
  const { store, principal, id, ifMatch } = request;
  await write(store, principal, async (tx) => {
    if (ifMatch !== undefined) checkVersion(ifMatch, etagOf(await findUser(tx, id)));
    await deleteUser(tx, id);
  });
  return { status: 204 };
}
