import { type Read, reading } from '../../../access/write.js';
import type { Group } from '../../../directory/groups/group.js';
import { type Member, memberPage, membersOf, nestedOf } from '../../../directory/groups/queries/find-groups.js';
import { memberDigests, memberLines } from '../../../directory/groups/queries/member-digests.js';
import type { ScimGroup } from '../../../directory/groups/queries/scim-groups.js';
import type { Json } from '../../../kernel/json.js';
import type { ScimRequest, ScimResponse } from '../http/request.js';
import { listResponse } from '../list/list.js';
import { type Projection, project, shows } from '../resources/projection.js';
import type { Rendered } from '../resources/resource.js';
import { digestOf, etagOf } from '../resources/version.js';
import { memberForm, renderGroup } from './group-form.js';

/** Number of members above which the response to a change has no body, or streams it. */
const large = 1_000;
const pieceSize = 2_000;

/** Returns the parts of groups that a read needs for the attributes that `projection` selects. */
export const partsIn = (projection: Projection) => ({ members: shows(projection, 'members') });

/** Returns true if the members are selected but not held in memory, because they are too many. */
export const isStreamed = (found: readonly ScimGroup[], projection: Projection): boolean =>
  shows(projection, 'members') && found.some(({ members }) => members === null);

/** Returns true if the members are selected and too many for the response to a change. */
export const isLarge = ({ memberCount }: Group, projection: Projection): boolean =>
  shows(projection, 'members') && memberCount > large;

/** Returns a group that was just changed, with its members if they are selected and not too many. */
export async function withMembers(read: Read, group: Group, projection: Projection): Promise<ScimGroup> {
  const isRead = shows(projection, 'members') && !isLarge(group, projection);
  const members = isRead ? await membersOf(read, [group.id]) : null;
  return { group, members };
}

/** Returns a group as a SCIM resource with its ETag, with the attributes that `projection` selects. */
export function renderedGroup({ group, members }: ScimGroup, { base }: ScimRequest, projection: Projection): Rendered {
  const etag = etagOf(group, digestOf(memberLines(members ?? [])));
  return { etag, body: project(renderGroup(group, members, { ...base, etag }), projection) };
}

/** Returns the ETags of groups whose members are streamed. One statement reads the digests of all groups. */
export async function etagsOf(
  { store, principal }: ScimRequest,
  groups: readonly Group[],
): Promise<(group: Group) => string> {
  const ids = groups.map(({ id }) => id);
  const digests = await memberDigests(reading(store, principal), ids);
  return (group) => etagOf(group, digests.get(group.id) ?? null);
}

/** Yields one group as JSON, with its members page by page. */
export async function* streamGroup(
  request: ScimRequest,
  group: Group,
  etag: string,
  projection: Projection,
): AsyncGenerator<string, void> {
  const head = JSON.stringify(project(renderGroup(group, null, { ...request.base, etag }), projection));
  yield `${head.slice(0, -1)},"members":[`;
  let isFirst = true;
  for await (const page of pagesOf(request, group)) {
    const shown = project({ members: page.map((member) => memberForm(member, request.base)) }, projection);
    const text = JSON.stringify(shown.members ?? []).slice(1, -1);
    if (text === '') continue;
    yield isFirst ? text : `,${text}`;
    isFirst = false;
  }
  yield ']}';
}

async function* pagesOf({ store, principal }: ScimRequest, { id }: Group): AsyncGenerator<Member[], void> {
  const read = reading(store, principal);
  for (let after = ''; ; ) {
    const page = await memberPage(read, id, { after, limit: pieceSize });
    yield page;
    if (page.length < pieceSize) break;
    after = page.at(-1)?.id ?? '';
  }
  yield nestedOf(read, [id]);
}

/**
 * Returns a ListResponse of groups. `ahead` contains the resources that come before the groups. A list with too many
 * members is streamed.
 */
export function groupList(
  request: ScimRequest,
  found: readonly ScimGroup[],
  projection: Projection,
  { ahead = [], more }: { ahead?: readonly Json[]; more: Json },
): ScimResponse {
  if (isStreamed(found, projection)) {
    const groups = found.map(({ group }) => group);
    return { status: 200, stream: streamList(request, groups, projection, { ahead, more }) };
  }
  const shown = found.map((each) => renderedGroup(each, request, projection).body);
  return { status: 200, body: listResponse([...ahead, ...shown], more) };
}

async function* streamList(
  request: ScimRequest,
  groups: readonly Group[],
  projection: Projection,
  { ahead, more }: { ahead: readonly Json[]; more: Json },
): AsyncGenerator<string, void> {
  const etagOfGroup = await etagsOf(request, groups);
  const { Resources: _none, ...head } = listResponse([], more);
  const itemsPerPage = ahead.length + groups.length;
  yield `${JSON.stringify({ ...head, itemsPerPage }).slice(0, -1)},"Resources":[`;
  yield ahead.map((resource) => JSON.stringify(resource)).join(',');
  for (const [n, group] of groups.entries()) {
    if (ahead.length + n > 0) yield ',';
    yield* streamGroup(request, group, etagOfGroup(group), projection);
  }
  yield ']}';
}
