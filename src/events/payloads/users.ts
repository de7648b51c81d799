import { define, type State } from './define.js';
import {
  boolean,
  dataOnly,
  either,
  enumOf,
  erased,
  id,
  idText,
  json,
  kept,
  list,
  milliseconds,
  named,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  time,
  yes,
} from './field.js';

const origin = enumOf('Origin')('SCIM', 'JIT', 'API', 'IMPORT');

const fields = {
  id: kept(id('user'), 'Id of the user.'),
  status: kept(enumOf('UserStatus')('PENDING', 'ACTIVE', 'SUSPENDED', 'DEPROVISIONED'), 'Status after the change.'),
  active: kept(boolean, 'False if the IdP, the API or a rule has deprovisioned the user.'),
  userName: erased(text, 'The `userName`, unique in the organization.'),
  email: erased(nullable(text), 'Primary email address; null if there is none.'),
  displayName: erased(nullable(text), 'Name to show for the user; need not be unique. Null if unknown.'),
  givenName: optional(erased(text, 'The given name. Absent if unknown.')),
  familyName: optional(erased(text, 'The family name. Absent if unknown.')),
  roles: erased(list(text), 'Effective roles: direct, from groups and from the IdP.'),
  origin: kept(origin, 'The way in which the user was created.'),
  connectionId: kept(nullable(id('conn')), 'The SCIM connection that manages the user; null if none does.'),
  externalId: erased(nullable(text), "The IdP's id of the user."),
  profile: erased(json, 'All attributes, under their SCIM names and URNs (RFC 7643).'),
};

/** A user as events carry it. */
export const userState = { name: 'UserData', description: 'the user', fields } satisfies State;

const subjects = ['user'] as const;
const by = dataOnly(
  erased(
    object({ kind: oneOf('SCIM', 'SSO', 'API', 'USER', 'SYSTEM'), id: nullable(text) }),
    'The actor, as in the envelope.',
  ),
);

/** Events about a user. */
export const userEvents = {
  'user.invited': define(
    { subjects, state: userState, description: 'A user was invited. The status is PENDING until the first sign-in.' },
    {
      email: erased(text, 'The address that was invited.'),
      expiresAt: kept(time, 'Time after which the invitation can no longer be accepted.'),
      connectionId: named(
        'invitedThroughId',
        kept(nullable(id('conn')), 'The only connection that can accept the invitation; null if any can.'),
      ),
    },
  ),
  'user.invitation_expired': define(
    { subjects, state: null, description: 'An invitation expired. The invited user was deleted.' },
    {
      id: dataOnly(kept(id('user'), 'Id of the user.')),
      email: erased(nullable(text), 'The address that was invited.'),
    },
  ),
  'user.provisioned': define(
    {
      subjects,
      state: userState,
      description: 'A user was created, or accepted an invitation.',
    },
    {
      origin: kept(origin, 'The way in which the user was created.'),
      connectionId: dataOnly(
        kept(
          nullable(id('conn')),
          'The SCIM connection that manages the user; null if none does. Of an invitation: the connection that accepted it.',
        ),
      ),
      seatsUsed: kept(number, 'Seats in use, including the one of the user.'),
      decisionRow: optional(kept(text, 'Row of the sign-in decision. Absent if no sign-in created the user.')),
      invited: optional(erased(yes, 'True if an invitation was accepted.')),
    },
  ),
  'user.adopted': define(
    { subjects, state: userState, description: 'A SCIM connection became the manager of an unmanaged user.' },
    {
      fromOrigin: kept(origin, 'The way in which the user was created.'),
      matchedBy: kept(
        oneOf('look-up', 'review'),
        '`look-up`: by the IdP, on a verified domain. `review`: an adoption request was accepted.',
      ),
    },
  ),
  'user.updated': define(
    { subjects, state: userState, description: 'Profile, identities, manager or protection changed; see `changes`.' },
    {
      protected: optional(erased(boolean, 'The new protection. Present if the protection changed.')),
      reason: optional(
        erased(text, 'The reason of the caller. Present if the protection changed or an identity was unlinked.'),
      ),
    },
  ),
  'user.email_changed': define(
    { subjects, state: null, description: 'The primary email address changed. Always next to `USER_UPDATED`.' },
    {
      id: dataOnly(kept(id('user'), 'Id of the user.')),
      before: named(
        'emailBefore',
        erased(nullable(text), 'Primary address before the change. Null if the user had none.'),
      ),
      after: named(
        'emailAfter',
        erased(nullable(text), 'Primary address after the change. Null if the user has none now.'),
      ),
      verified: erased(
        boolean,
        'True if the domain is VERIFIED and, if an IdP changed the address and the domain is assigned to connections, assigned to this one.',
      ),
    },
  ),
  'user.roles_changed': define(
    { subjects, state: userState, description: 'The effective roles changed. One event per user and cause.' },
    {
      added: named('rolesAdded', erased(list(text), 'Roles that the user has gained.')),
      removed: named('rolesRemoved', erased(list(text), 'Roles that the user has lost.')),
      because: dataOnly(
        kept(
          either(
            object({ groupId: id('group') }),
            object({ mapping: yes }),
            object({ direct: yes }),
            object({ idp: yes }),
            object({ deprovisioned: yes }),
          ),
          'The cause: `{groupId}`, `{direct}`, `{idp}`, `{mapping}` (rules of the connection) or `{deprovisioned}`.',
        ),
      ),
    },
  ),
  'user.suspended': define(
    { subjects, state: userState, description: 'The user was blocked locally.' },
    {
      reason: erased(nullable(text), 'The reason of the caller.'),
      by,
      sessionsRevoked: kept(number, 'Number of sessions that ended.'),
    },
  ),
  'user.unsuspended': define({ subjects, state: userState, description: 'The local block was removed.' }, { by }),
  'user.deprovisioned': define(
    { subjects, state: userState, description: 'ACTIVE or SUSPENDED became DEPROVISIONED.' },
    {
      reason: named(
        'deprovisionReason',
        kept(
          enumOf('DeprovisionReason')(
            'IDP_DEACTIVATED',
            'IDP_DELETED',
            'API',
            'DORMANT',
            'SIGN_IN_GROUP_LOST',
            'CONNECTION_DELETED',
          ),
          'Cause of the change; `DORMANT` and `SIGN_IN_GROUP_LOST` are rules of the connection.',
        ),
      ),
      sessionsRevoked: kept(number, 'Number of sessions that ended.'),
      rolesLost: kept(list(text), 'Roles that the user had.'),
      groupsLost: named('groupIdsLost', kept(list(idText('group')), 'Ids of the groups that the user was in.')),
      seatsUsed: kept(number, 'Seats in use after the deprovisioning.'),
      heldForMs: kept(
        milliseconds,
        'Milliseconds for which the change was delayed. Always 0: changes are not delayed yet.',
      ),
    },
  ),
  'user.reactivated': define(
    { subjects, state: userState, description: 'DEPROVISIONED became ACTIVE or SUSPENDED, under the same id.' },
    {
      reason: kept(
        oneOf('IDP_REACTIVATED', 'SIGNED_IN', 'API'),
        'Originator of the change: the IdP, a sign-in or the application.',
      ),
      previousDeprovisionedAt: kept(nullable(time), 'When the user had been deprovisioned.'),
      rolesRestored: kept(list(text), 'Roles that the user has again.'),
    },
  ),
  'user.deleted': define(
    { subjects, state: null, description: 'The user was purged. Only the id is left.' },
    { id: dataOnly(kept(id('user'), 'Id of the user.')) },
  ),
};
