import { define } from './define.js';
import {
  dataOnly,
  enumOf,
  erased,
  id,
  idText,
  kept,
  named,
  nullable,
  number,
  oneOf,
  optional,
  text,
  time,
} from './field.js';

const userId = kept(id('user'), 'Id of the user whose session started or ended.');
const sessionsRevoked = kept(number, 'Number of sessions that ended.');

/** Codes of sign-ins that were denied; docs/errors.md explains them. */
const denial = enumOf('SignInDenialCode')(
  'ORGANIZATION_DISABLED',
  'CONNECTION_INACTIVE',
  'UNSOLICITED',
  'IDP_UNREACHABLE',
  'IDP_BUSY',
  'IDP_FAILED',
  'IDP_MISCONFIGURED',
  'IDP_DECLINED',
  'IDP_LOGIN_REQUIRED',
  'ASSERTION_INVALID',
  'GROUP_REQUIRED',
  'USER_SUSPENDED',
  'USER_DEPROVISIONED',
  'ACCOUNT_EXISTS',
  'LINK_CONFIRMATION_REQUIRED',
  'INVITATION_CODE_REQUIRED',
  'NOT_PROVISIONED',
  'INVITATION_REQUIRED',
  'DOMAIN_NOT_ALLOWED',
  'EMAIL_UNVERIFIED',
  'SEAT_LIMIT_REACHED',
);

/** Events about sessions and sign-ins. */
export const signInEvents = {
  'session.started': define(
    { subjects: ['user'], state: null, description: 'A user signed in.' },
    {
      id: named('sessionId', kept(id('ses'), 'Id of the new session.')),
      userId,
      connectionId: kept(id('conn'), 'The connection that the user signed in through.'),
      clientId: named(
        'applicationId',
        kept(nullable(idText('app')), 'Id of the application; null if the sign-in was for none.'),
      ),
      expiresAt: kept(time, 'Time at which the session ends unless it is revoked before.'),
      decisionRow: optional(kept(text, 'Row of the [sign-in decision](sign-in.md#who-it-is).')),
    },
  ),
  'session.revoked': define(
    {
      subjects: ['user', 'connection'],
      state: null,
      description:
        'Sessions ended before they expired. The subject is the connection if all sessions through it ended. ' +
        'A suspension or a deprovisioning ends sessions without this event.',
    },
    {
      id: named('sessionId', kept(id('ses'), 'Id of the session, if it is one.')),
      userId: dataOnly(userId),
      because: named(
        'revokedBecause',
        optional(
          kept(
            oneOf('signedOut', 'revoked'),
            '`signedOut`: by the user. `revoked`: by the application, or because a code or refresh token was used twice. Absent if an API caller ended it.',
          ),
        ),
      ),
    },
    {
      userId: dataOnly(userId),
      sessionsRevoked,
      because: named(
        'revokedBecause',
        optional(
          kept(
            oneOf('linked', 'adopted', 'domain'),
            '`linked`: a subject was linked to the user. `adopted`: another connection became the manager. `domain`: the domain of the ' +
              'address is assigned to other connections. Absent if an API caller ended them.',
          ),
        ),
      ),
    },
    {
      userId: dataOnly(userId),
      sessionsRevoked,
      because: named('revokedBecause', kept(oneOf('signal'), '`signal`: the IdP sent a signal.')),
      signal: kept(
        oneOf(
          'saml-logout',
          'backchannel-logout',
          'global-token-revocation',
          'session-revoked',
          'credential-change',
          'account-disabled',
        ),
        'Kind of the message with which the IdP ended the sessions.',
      ),
    },
    {
      sessionsRevoked,
      because: named(
        'revokedBecause',
        kept(oneOf('connection'), '`connection`: the connection was deactivated or deleted.'),
      ),
    },
  ),
  'sign_in.denied': define(
    {
      subjects: ['user', 'connection'],
      state: null,
      description: 'A sign-in was denied. The subject is the connection if no user was found.',
    },
    {
      code: named('denial', kept(denial, 'The [code](errors.md) of the denial.')),
      decisionRow: kept(text, 'Row of the [sign-in decision](sign-in.md#who-it-is).'),
      connectionId: kept(id('conn'), 'The connection of the sign-in.'),
      emailDomain: erased(nullable(text), 'Domain of the email address; null if the IdP sent none.'),
      why: optional(erased(text, 'The cause, for the administrator. Absent if `code` names it.')),
      scimConnectionId: optional(erased(id('conn'), 'Of row D2: the SCIM connection that creates the users.')),
      lastRequestAt: optional(
        erased(nullable(time), 'Of row D2: time of its last SCIM request; null if there is none.'),
      ),
    },
  ),
};
