import { reading } from '../../../access/write.js';
import type { Group } from '../../../directory/groups/group.js';
import { type Member, memberPage, membersOf, nestedOf } from '../../../directory/groups/queries/find-groups.js';
import { memberDigests, memberLines } from '../../../directory/groups/queries/member-digests.js';
import type { Json } from '../../../kernel/json.js';
import type { ScimRequest } from '../http/request.js';
import { listResponse } from '../list/list.js';
import { type Projection, project, shows } from '../resources/projection.js';
import type { Rendered } from '../resources/resource.js';
import { digestOf, etagOf } from '../resources/version.js';
import { memberForm, renderGroup } from './group-form.js';

/** Number of members above which a response is streamed and never held in memory as a whole. */
const large = 1_000;
const pieceSize = 2_000;

/** Returns true if the response would contain more members than should be held in memory. */
export const isLarge = (groups: readonly Group[], projection: Projection): boolean =>
  shows(projection, 'members') && groups.reduce((sum, { memberCount }) => sum + memberCount, 0) > large;

/** Returns the groups as the request selects them. Members are read only if they are shown. */
export async function renderGroups(
  request: ScimRequest,
  groups: readonly Group[],
  projection: Projection,
): Promise<Rendered[]> {
  const read = reading(request.store, request.principal);
  const ids = groups.map(({ id }) => id);
  const members = shows(projection, 'members') ? await membersOf(read, ids) : null;
  return groups.map((group) => {
    const own = members?.filter(({ groupId }) => groupId === group.id) ?? null;
    const etag = etagOf(group, digestOf(memberLines(own ?? [])));
    return { etag, body: project(renderGroup(group, own, { ...request.base, etag }), projection) };
  });
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

/** Yields a ListResponse of groups, one group after the other. */
export async function* streamList(
  request: ScimRequest,
  groups: readonly Group[],
  projection: Projection,
  more: Json,
): AsyncGenerator<string, void> {
  const etagOfGroup = await etagsOf(request, groups);
  const { Resources: _none, ...head } = listResponse([], more);
  yield `${JSON.stringify({ ...head, itemsPerPage: groups.length }).slice(0, -1)},"Resources":[`;
  for (const [n, group] of groups.entries()) {
    if (n > 0) yield ',';
    yield* streamGroup(request, group, etagOfGroup(group), projection);
  }
  yield ']}';
}
