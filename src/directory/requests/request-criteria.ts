import { and, type Sql, sql } from '../../storage/sql.js';
import { given } from '../criteria.js';
import type { Protocol, ProvisioningRequest } from './provisioning-request.js';

/** Selects entries of the request log. An absent or null criterion selects all entries; an entry must match all. */
export interface RequestCriteria {
  failed?: boolean | null;
  protocol?: Protocol | null;
  userId?: string | null;
  /** Part of the path and query, compared case-sensitively. */
  pathContains?: string | null;
  methods?: readonly string[] | null;
  /** HTTP statuses of the responses. */
  statuses?: readonly number[] | null;
  /** Earliest time of a request. */
  since?: Date | null;
  /** Time before which a request arrived. */
  until?: Date | null;
  hasQuirks?: boolean | null;
}

/** Returns true if the entry matches the criteria. Must agree with `conditionsOf`. */
export function matches(entry: ProvisioningRequest, criteria: RequestCriteria): boolean {
  const { failed, protocol, userId, pathContains, methods, statuses, since, until, hasQuirks } = criteria;
  const is = <T>(wanted: T | null | undefined, test: (value: T) => boolean) => wanted == null || test(wanted);
  return (
    is(failed, (value) => entry.status >= 400 === value) &&
    is(protocol, (value) => entry.protocol === value) &&
    is(userId, (value) => entry.userId === value) &&
    is(pathContains, (text) => entry.path.includes(text)) &&
    is(methods, (list) => list.includes(entry.method)) &&
    is(statuses, (list) => list.includes(entry.status)) &&
    is(since, (time) => entry.at >= time) &&
    is(until, (time) => entry.at < time) &&
    is(hasQuirks, (value) => entry.quirks.length > 0 === value)
  );
}

/** Returns the condition for the entries that match the criteria. */
export function conditionsOf(criteria: RequestCriteria): Sql {
  const { failed, protocol, userId, pathContains, methods, statuses, since, until, hasQuirks } = criteria;
  return and(
    sql`true`,
    ...given(failed, (value) => sql`(status >= 400) = ${value}`),
    ...given(protocol, (value) => sql`protocol = ${value}`),
    ...given(userId, (value) => sql`user_id = ${value}`),
    ...given(pathContains, (text) => sql`position(${text} in path) > 0`),
    ...given(methods, (list) => sql`method = any(${list})`),
    ...given(statuses, (list) => sql`status = any(${list})`),
    ...given(since, (time) => sql`at >= ${time}`),
    ...given(until, (time) => sql`at < ${time}`),
    ...given(hasQuirks, (value) => sql`(cardinality(quirks) > 0) = ${value}`),
  );
}
