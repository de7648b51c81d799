import { reading, type Tx, write, writeThenRead } from '../../../access/write.js';
import { managedTotal } from '../../../directory/connections/managed-counts.js';
import { readTotal } from '../../../directory/list-page.js';
import type { Account } from '../../../directory/users/account.js';
import { awaitReview } from '../../../directory/users/adoption-requests.js';
import { changeUser } from '../../../directory/users/change-user.js';
import { createUserFromScim } from '../../../directory/users/create-user-from-scim.js';
import { deleteUser } from '../../../directory/users/deprovision-user.js';
import {
  findUser,
  selectionOf,
  type UserCriteria,
  userOrder,
  usersTotal,
} from '../../../directory/users/queries/find-users.js';
import { findScimUser, listScimUsers, relatedTo, type ScimUser } from '../../../directory/users/queries/scim-users.js';
import type { User } from '../../../directory/users/user.js';
import { AdoptionConflict, AdoptionRefused } from '../../../kernel/errors.js';
import type { Json } from '../../../kernel/json.js';
import type { ScimRequest, ScimResponse } from '../http/request.js';
import { type ListRequest, listResponse, pageOf, parseList, type Source } from '../list/list.js';
import { applyPatch } from '../patch/apply.js';
import { parsePatch } from '../patch/operation.js';
import { PatchWork } from '../patch/work.js';
import { coerceResource } from '../resources/coerce.js';
import { type Projection, parseProjection, project, shows } from '../resources/projection.js';
import type { Rendered } from '../resources/resource.js';
import { checkVersion, isUnchanged } from '../resources/version.js';
import { tolerate, tolerateBody } from '../tolerances/index.js';
import { accountOf, etagOfUser, renderUser, toScim } from './user-form.js';

/** Runs a change of a user and returns the user with the related data of the response. */
const changed = (
  { store, principal }: ScimRequest,
  projection: Projection,
  work: (tx: Tx) => Promise<User>,
): Promise<ScimUser> =>
  writeThenRead(store, principal, work, async (read, user) => ({
    user,
    related: await relatedTo(read, user, partsIn(projection)),
  }));

function responseWith(
  request: ScimRequest,
  status: number,
  found: ScimUser,
  projection: Projection,
): ScimResponse & { headers: { etag: string } } {
  const { id } = found.user;
  request.principal.trace.userId = id;
  const { etag, body } = renderedUser(found, request, projection);
  const location = status === 201 && { location: `${request.base.url}/Users/${id}` };
  return { status, headers: { etag, ...location }, body };
}

/** Returns a user as a SCIM resource with its ETag, with the attributes that `projection` selects. */
export function renderedUser({ user, related }: ScimUser, { base }: ScimRequest, projection: Projection): Rendered {
  const etag = etagOfUser(user, related);
  return { etag, body: project(renderUser(user, related, { ...base, etag }), projection) };
}

const partsIn = (projection: Projection) => ({ groups: shows(projection, 'groups') });

/** Returns the resource of a POST or PUT body. */
const resourceIn = ({ body, idp, principal, types }: ScimRequest): Json =>
  coerceResource(types.user, tolerateBody(body, idp, principal.trace.quirks));

/** Creates a user (RFC 7644 section 3.3). */
export async function postUser(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.user, request.query);
  const account = accountOf(resourceIn(request), true);
  const created = await changed(request, projection, (tx) => createUserFromScim(tx, account)).catch((error) =>
    putInbox(request, error),
  );
  return responseWith(request, 201, created, projection);
}

/** Returns a user (RFC 7644 section 3.4.1). */
export async function getUser(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.user, request.query);
  const found = await findScimUser(reading(request.store, request.principal), request.id, partsIn(projection));
  const shown = responseWith(request, 200, found, projection);
  const { etag } = shown.headers;
  return isUnchanged(request.ifNoneMatch, etag) ? { status: 304, headers: { etag } } : shown;
}

/** Returns the users of a query as a list with pages. */
export function usersSource(
  { store, principal, types, base }: ScimRequest,
  asked: ListRequest,
  { projection, ...criteria }: Pick<UserCriteria, 'anyName'> & { projection: Projection },
): Source<ScimUser> {
  const read = reading(store, principal);
  const { where, scope } = selectionOf(read, {
    filter: asked.filter,
    type: types.user,
    baseUrl: base.url,
    ...criteria,
  });
  const shownTo = { scope, connectionId: principal.connectionId, baseUrl: base.url };
  const known = asked.filter ? null : managedTotal(read, principal.connectionId, 'User');
  const total = known ?? usersTotal(where);
  return {
    where,
    order: userOrder(asked, types.user, shownTo),
    known,
    total,
    read: (page) => listScimUsers(read, page, partsIn(projection)),
    count: () => readTotal(read.session, total),
  };
}

/** Lists users (RFC 7644 section 3.4.2). */
export async function searchUsers(request: ScimRequest): Promise<ScimResponse> {
  const projection = parseProjection(request.types.user, request.query);
  const asked = parseList(request.query);
  const { store, principal } = request;
  const list = { owner: `${principal.connectionId} Users`, now: store.now() };
  const { items, more } = await pageOf(asked, usersSource(request, asked, { projection }), list);
  const shown = items.map((found) => renderedUser(found, request, projection).body);
  return { status: 200, body: listResponse(shown, more) };
}

/** Replaces a user (RFC 7644 section 3.5.1). Omitted attributes are removed; an omitted `active` keeps its value. */
export async function putUser(request: ScimRequest): Promise<ScimResponse> {
  const resource = resourceIn(request);
  return change(request, ({ active }) => accountOf(resource, active), { whole: true });
}

/** Changes a user (RFC 7644 section 3.5.2). Applies all operations in order, or none. */
export async function patchUser(request: ScimRequest): Promise<ScimResponse> {
  const { types, principal, idp } = request;
  const operations = tolerate(parsePatch(request.body), idp, principal.trace.quirks);
  return change(
    request,
    (before, user) => {
      const patched = applyPatch(
        types.user,
        { ...toScim(before), id: user.id },
        operations,
        new PatchWork(request.bulkWork),
      );
      return accountOf(patched, before.active);
    },
    { whole: false },
  );
}

/** Applies an edit to a user. `whole` is true if the edit describes the complete account, as a PUT does. */
async function change(
  request: ScimRequest,
  edit: (before: Account, user: User) => Account,
  { whole }: { whole: boolean },
): Promise<ScimResponse> {
  const projection = parseProjection(request.types.user, request.query);
  const { principal, id, ifMatch } = request;
  principal.trace.userId = id;
  const work = (tx: Tx) =>
    changeUser(tx, id, (before, locked) => {
      checkVersion(ifMatch, locked);
      return edit(before, locked);
    });
  const saved = await changed(request, projection, work).catch((error) => putInbox(request, error, whole));
  return responseWith(request, 200, saved, projection);
}

/** Stores an adoption request if adopting the user was refused. Nothing else of the request is stored. */
async function putInbox({ store, principal }: ScimRequest, error: unknown, whole = true): Promise<never> {
  const { wanted } = error instanceof AdoptionRefused || error instanceof AdoptionConflict ? error : { wanted: null };
  if (wanted) await write(store, principal, (tx) => awaitReview(tx, wanted.userId, wanted.account, { whole }));
  throw error;
}

/** Deletes a user (RFC 7644 section 3.6). */
export async function removeUser(request: ScimRequest): Promise<ScimResponse> {
  const { store, principal, id, ifMatch } = request;
  principal.trace.userId = id;
  await write(store, principal, async (tx) => {
    if (ifMatch !== undefined) checkVersion(ifMatch, await findUser(tx, id));
    await deleteUser(tx, id);
  });
  return { status: 204 };
}
