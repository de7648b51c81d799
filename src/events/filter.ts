import type { OrganizationId } from '../kernel/ids.js';
import { or, type Sql, sql } from '../storage/sql.js';
import type { EventRecord } from './event.js';
import type { Actor, EventType } from './types.js';

/** Filter of a reader. An absent field matches all events; an event must match all fields. */
export interface EventFilter {
  types?: readonly EventType[] | undefined;
  /** Id of a user, group, connection or other subject that the event is about. */
  subjectId?: string | undefined;
  /** Like `subjectId`, for any of several ids. */
  subjectIds?: readonly string[] | undefined;
  userIds?: readonly string[] | undefined;
  groupIds?: readonly string[] | undefined;
  /** Connections that the event is about, or that caused it. */
  connectionIds?: readonly string[] | undefined;
  actorKinds?: readonly Actor['kind'][] | undefined;
  actorId?: string | undefined;
  requestId?: string | undefined;
  /** Earliest time of an event. */
  since?: Date | undefined;
  /** Time before which the event occurred. */
  until?: Date | undefined;
}

/** Returns true if the event matches the filter. Must agree with `conditionsOf`. */
export function passes(event: EventRecord, filter: EventFilter): boolean {
  const { subjectId, userId, groupId, connectionId, actorKind, actorId, occurredAt } = event;
  const has = (wanted: readonly (string | null)[] | undefined, ...ids: readonly (string | null)[]) =>
    !wanted || ids.some((id) => id !== null && wanted.includes(id));
  return (
    has(filter.types, event.type) &&
    has(filter.subjectId === undefined ? undefined : [filter.subjectId], subjectId, userId, groupId, connectionId) &&
    has(filter.subjectIds, subjectId, userId, groupId, connectionId) &&
    has(filter.userIds, userId) &&
    has(filter.groupIds, groupId) &&
    has(filter.connectionIds, connectionId, actorId) &&
    has(filter.actorKinds, actorKind) &&
    has(filter.actorId === undefined ? undefined : [filter.actorId], actorId) &&
    has(filter.requestId === undefined ? undefined : [filter.requestId], event.requestId) &&
    (!filter.since || occurredAt >= filter.since) &&
    (!filter.until || occurredAt < filter.until)
  );
}

/** Returns true if the filter matches all events. */
export const isOpen = (filter: EventFilter): boolean => Object.values(filter).every((part) => part === undefined);

// One condition for each column, so that each can use its index.
const anyOf = (ids: readonly string[], ...columns: readonly Sql[]): Sql =>
  or(...columns.map((column) => sql`${column} = any(${ids})`));

/** Returns the conditions of the filter, for the log of one organization or for all logs. */
export function conditionsOf(organizationId: OrganizationId | null, filter: EventFilter): Sql[] {
  const { types, subjectId, subjectIds, userIds, groupIds, connectionIds } = filter;
  const { actorKinds, actorId, requestId, since, until } = filter;
  const about = [sql`subject_id`, sql`user_id`, sql`group_id`, sql`connection_id`];
  const given = <T>(value: T | undefined, condition: (value: T) => Sql): Sql[] =>
    value === undefined ? [] : [condition(value)];
  return [
    ...given(organizationId ?? undefined, (id) => sql`organization_id = ${id}`),
    ...given(types, (list) => sql`type = any(${list})`),
    ...given(subjectId, (id) => anyOf([id], ...about)),
    ...given(subjectIds, (ids) => anyOf(ids, ...about)),
    ...given(userIds, (ids) => anyOf(ids, sql`user_id`)),
    ...given(groupIds, (ids) => anyOf(ids, sql`group_id`)),
    ...given(connectionIds, (ids) => anyOf(ids, sql`connection_id`, sql`actor_id`)),
    ...given(actorKinds, (kinds) => sql`actor_kind = any(${kinds})`),
    ...given(actorId, (id) => sql`actor_id = ${id}`),
    ...given(requestId, (id) => sql`request_id = ${id}`),
    ...given(since, (time) => sql`occurred_at >= ${time}`),
    ...given(until, (time) => sql`occurred_at < ${time}`),
  ];
}
