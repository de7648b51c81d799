import { Field, ID, InputType } from 'type-graphql';
import type { EventFilter } from '../../../events/filter.js';
import { type EventType, eventTypes } from '../../../events/types.js';
import { BadInput } from '../../../kernel/errors.js';
import { isBroken, noText } from '../../../storage/no-text.js';
import { type ActorKind, actorKinds } from './actor.js';

/** Maximum number of entries of a list in a filter. */
export const mostEntries = 100;

@InputType('EventFilter', {
  description: `Conditions for events. All of them must match; an entry of a list matches alone. A list has at most ${mostEntries} entries.`,
})
export class EventFilterInput {
  @Field(() => [eventTypes], { nullable: true, description: 'Event types, one of which the events have.' })
  types?: EventType[] | null;
  @Field(() => [ID], {
    nullable: true,
    description: 'Ids of users, groups, connections or other subjects that the events concern.',
  })
  subjectIds?: string[] | null;
  @Field(() => [ID], { nullable: true, description: 'Ids of users that the events concern.' })
  userIds?: string[] | null;
  @Field(() => [ID], { nullable: true, description: 'Ids of groups that the events concern.' })
  groupIds?: string[] | null;
  @Field(() => [ID], {
    nullable: true,
    description: 'Ids of connections that the events concern, or that caused them.',
  })
  connectionIds?: string[] | null;
  @Field(() => [actorKinds], { nullable: true, description: 'Kinds, one of which the originators of the events have.' })
  actorKinds?: ActorKind[] | null;
  @Field(() => ID, { nullable: true, description: 'Id of the connection, API key or user that caused the events.' })
  actorId?: string | null;
  @Field(() => String, { nullable: true, description: 'Id of the request that caused the events.' })
  requestId?: string | null;
  @Field(() => Date, { nullable: true, description: 'Earliest time at which an event occurred.' })
  since?: Date | null;
  @Field(() => Date, { nullable: true, description: 'Time before which an event occurred.' })
  until?: Date | null;
}

/** Arguments that the filter replaces. */
export interface ReplacedArguments {
  types?: EventType[] | null;
  subjectId?: string | null;
  since?: Date | null;
}

/**
 * Returns the filter of a reader from the input, and from the arguments that the filter replaces.
 *
 * @throws BadInput for a condition that is sent in both forms, and for a list with too many entries
 */
export function filterOf(filter: EventFilterInput | null | undefined, replaced: ReplacedArguments = {}): EventFilter {
  const given = Object.fromEntries(Object.entries(filter ?? {}).map(([name, value]) => [name, value ?? undefined]));
  const { types, subjectIds, since, ...others }: EventFilter = given;
  checkFilter(given);
  const once = <T>(name: string, inFilter: T | undefined, argument: T | null | undefined): T | undefined => {
    if (inFilter === undefined) return argument ?? undefined;
    if (argument == null) return inFilter;
    throw new BadInput(`Send "${name}" inside or outside "filter", not both.`, name);
  };
  return {
    ...others,
    types: once('types', types, replaced.types),
    subjectId: replaced.subjectId ?? undefined,
    subjectIds,
    since: once('since', since, replaced.since),
  };
}

/**
 * Checks the lists and texts of a filter. @throws BadInput for a list with too many entries, or a text that no row can
 * contain
 */
export function checkFilter(filter: object): void {
  for (const [name, list] of Object.entries(filter)) {
    if (Array.isArray(list) && list.length > mostEntries)
      throw new BadInput(
        `"filter.${name}" can have at most ${mostEntries} entries; this request has ${list.length}.`,
        `filter.${name}`,
      );
  }
  // A page is refused by the database; a subscription is filtered in memory and would wait indefinitely.
  if (Object.values(filter).flat().some(isNoTextValue)) throw noText();
}

const isNoTextValue = (value: unknown): boolean =>
  typeof value === 'string' && (isBroken(value) || value.includes('\0'));
