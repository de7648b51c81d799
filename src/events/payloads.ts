import { connectionEvents, type connectionState } from './payloads/connections.js';
import type { PayloadBy, Subject, SubjectTypeBy } from './payloads/define.js';
import { deliveryEvents } from './payloads/delivery.js';
import type { PayloadOf } from './payloads/field.js';
import { groupEvents, type groupState } from './payloads/groups.js';
import { organizationEvents, type organizationState } from './payloads/organizations.js';
import { signInEvents } from './payloads/sign-ins.js';
import { userEvents, type userState } from './payloads/users.js';

/**
 * The definition of each type of event: when it is emitted, its subject, and each field of its payload, with its
 * meaning and the effect of an erasure. Everything that lists events is derived from it: types, filters, `EventType` in
 * GraphQL, the scrubber, the types of the client and the catalogue in docs/events.md.
 */
export const eventDefinitions = {
  ...userEvents,
  ...groupEvents,
  ...connectionEvents,
  ...signInEvents,
  ...organizationEvents,
  ...deliveryEvents,
};

/** The type of an event, such as `user.suspended`. */
export type EventType = keyof typeof eventDefinitions;

/** The payload of each type of event: `data`, as an operation emits it. */
export type EventPayloads = { [T in EventType]: PayloadBy<(typeof eventDefinitions)[T]> };

/** The kind of object that each type of event is about. */
export type EventSubjects = { [T in EventType]: Subject<SubjectTypeBy<(typeof eventDefinitions)[T]>> };

/** A user as events carry it. */
export type UserState = PayloadOf<typeof userState.fields>;

/** A group as events carry it. */
export type GroupState = PayloadOf<typeof groupState.fields>;

/** A connection as events carry it. */
export type ConnectionState = PayloadOf<typeof connectionState.fields>;

/** An organization as events carry it. */
export type OrganizationState = PayloadOf<typeof organizationState.fields>;
