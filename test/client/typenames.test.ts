import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EventPayloads, EventTypenames } from '../../src/client/index.js';
import { TypedEventsDocument, type TypedEventsQuery } from '../support/generated.js';
import { oktaUser, patch, type Tenant, World } from '../support/world.js';

type Node = NonNullable<TypedEventsQuery['organization']>['events']['nodes'][number];
type Named<T extends Node['__typename']> = Extract<Node, { __typename: T }>;
type Same<A, B> = [A, B] extends [B, A] ? true : false;

/** A consumer with a case for each type of event. If a new type is added, it does not compile until it has a case. */
function effectOf(event: Node): string {
  switch (event.__typename) {
    case 'UserDeprovisionedEvent':
      return `revoke ${event.userId}: ${event.deprovisionReason}, ${event.rolesLost.length} roles`;
    case 'UserRolesChangedEvent':
      return `add ${event.rolesAdded?.join(' ')} to ${event.userAfter?.userName}`;
    case 'UserUpdatedEvent':
      return event.protected === null ? 'update' : `protect ${event.protected}`;
    case 'SignInDeniedEvent':
      return `denied ${event.denial}`;
    case 'ConnectionUpdatedEvent':
      return `was ${event.previousState}`;
    case 'UserInvitedEvent':
    case 'UserInvitationExpiredEvent':
    case 'UserProvisionedEvent':
    case 'UserAdoptedEvent':
    case 'UserEmailChangedEvent':
    case 'UserSuspendedEvent':
    case 'UserUnsuspendedEvent':
    case 'UserReactivatedEvent':
    case 'UserDeletedEvent':
    case 'GroupCreatedEvent':
    case 'GroupUpdatedEvent':
    case 'GroupDeletedEvent':
    case 'GroupMemberAddedEvent':
    case 'GroupMemberRemovedEvent':
    case 'ConnectionCreatedEvent':
    case 'ConnectionDeletedEvent':
    case 'ConnectionTokenRotatedEvent':
    case 'ConnectionAttentionEvent':
    case 'ConnectionMassChangeEvent':
    case 'SessionStartedEvent':
    case 'SessionRevokedEvent':
    case 'OrganizationCreatedEvent':
    case 'OrganizationUpdatedEvent':
    case 'OrganizationDeletedEvent':
    case 'OrganizationSeatsExceededEvent':
    case 'OrganizationSeatsFreedEvent':
    case 'DomainVerifiedEvent':
    case 'DomainLapsedEvent':
    case 'ConsumerLaggingEvent':
    case 'WebhookFailingEvent':
      return `ignore ${event.subjectId}`;
    default:
      event satisfies never;
      return 'unknown';
  }
}

/** A consumer that forgets a type. `npm run types` fails if it compiles. Never called. */
export function forgetful(event: Named<'UserDeprovisionedEvent' | 'SignInDeniedEvent'>): void {
  switch (event.__typename) {
    case 'UserDeprovisionedEvent':
      // @ts-expect-error A field of another type.
      event.denial satisfies unknown;
      return;
    default:
      // @ts-expect-error SignInDeniedEvent has no case.
      event satisfies never;
  }
}

/** The types of GraphQL are those of the payloads in webhooks: the same names, and the same values. */
export const same: {
  typenames: Same<Node['__typename'], EventTypenames[keyof EventTypenames]>;
  reasons: Same<
    Named<'UserDeprovisionedEvent'>['deprovisionReason'],
    EventPayloads['user.deprovisioned']['reason'] | null
  >;
  roles: Same<Named<'UserDeprovisionedEvent'>['rolesLost'], EventPayloads['user.deprovisioned']['rolesLost']>;
  denials: Same<Named<'SignInDeniedEvent'>['denial'], EventPayloads['sign_in.denied']['code'] | null>;
  states: Same<
    Named<'ConnectionUpdatedEvent'>['previousState'],
    EventPayloads['connection.updated']['previousState'] | null
  >;
} = { typenames: true, reasons: true, roles: true, denials: true, states: true };

let world: World;
let tenant: Tenant;
beforeAll(async () => {
  world = await World.shared();
  tenant = await world.tenant();
});
afterAll(() => world.close());

test('a consumer handles the events of a server by their types', async () => {
  const { body } = await tenant.scim('POST', '/Users', oktaUser('typed@acme.test'));
  await tenant.scim('PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } }));
  const { organization } = await world.send(TypedEventsDocument, { organizationId: tenant.organizationId }, tenant.key);
  const effects = organization?.events.nodes.map(effectOf) ?? [];
  expect(effects.slice(-2)).toEqual([`ignore ${body.id}`, `revoke ${body.id}: IDP_DEACTIVATED, 0 roles`]);
  expect(effects).not.toContain('unknown');
});
