import { isAdministrative } from '../../access/administrative.js';
import { scopeOf } from '../../access/scope.js';
import type { Tx } from '../../access/write.js';
import { domainOf, fold } from '../../kernel/fold.js';
import { once, type Sql, sql } from '../../storage/sql.js';
import type { Connection } from '../connections/connection.js';
import { assignedTo, assignment, verifiedDomain } from '../organizations/domain-sql.js';
import { type Authorities, areOthers, authoritiesOf } from '../organizations/domain-trust.js';
import { lockSeats, seatVerdict } from '../organizations/seats.js';
import { expireInvitationOf, opens } from '../users/invitations.js';
import { usersIn } from '../users/queries/load-user.js';
import type { User } from '../users/user.js';
import type { Assertion, EmailTrust } from './assertion.js';
import { freeMailDomains } from './free-mail.js';
import { groupsOf } from './groups-in-claims.js';
import type { Candidate, Known } from './known.js';

/** Reads the input of the decision and locks its rows until the commit: the users first, then the organization. */
export async function gather(
  tx: Tx,
  connection: Connection,
  assertion: Assertion,
  { code = null }: { code?: string | null } = {},
): Promise<{ known: Known; users: User[] }> {
  const { jit } = connection;
  if (assertion.email !== null) await expireInvitationOf(tx, assertion.email);
  const authorities = await authoritiesOf(tx, assertion.email ?? assertion.subject);
  const found = await candidates(tx, connection, assertion, { code, authorities });
  const byEmail = found.filter(({ reason }) => reason === 'email');
  const pick = (reason: string) => found.find((candidate) => candidate.reason === reason)?.candidate ?? null;
  const { organization, used } = await lockSeats(tx);
  const groups = groupsOf(assertion, jit.groupsClaim);
  const known: Known = {
    organization: organization.status,
    connection: connection.state,
    facet: (connection.oidc ?? connection.saml)?.enabled ?? false,
    stableId: assertion.stableId,
    trust: trustOf(connection, assertion, authorities),
    hasEmail: assertion.email !== null,
    ownsDomain: assertion.email !== null && authorities.ids.includes(connection.id),
    domainOfAnother: areOthers(authorities, connection.id),
    domainOfNone: authorities.areExclusive && authorities.ids.length === 0,
    hasRequiredGroup:
      jit.requiredGroups.length === 0 || jit.requiredGroups.some((group) => groups.names.includes(group.trim())),
    groupsUnknown: !groups.isComplete,
    bySubject: pick('subject'),
    byStableId: pick('stable'),
    // Live accounts precede tombstones, and accounts managed by this connection precede others.
    byEmail: byEmail.sort((a, b) => rank(a.candidate) - rank(b.candidate))[0]?.candidate ?? null,
    policy: {
      mode: jit.mode,
      provisionsByScim: connection.scimEnabled,
      domainAllowed: await domainAllowed(tx, connection, assertion.email),
      requireVerifiedEmail: jit.requireVerifiedEmail,
      reactivateOnSignIn: jit.reactivateOnSignIn,
      deprovisionOnGroupLoss: jit.deprovisionOnGroupLoss,
      seatFree: seatVerdict(organization, used, tx.now).kind !== 'refused',
    },
  };
  return { known, users: found.map(({ user }) => user) };
}

const rank = ({ tombstone, scim }: Candidate) => (tombstone ? 10 : 0) + (scim === 'HERE' ? 0 : 1);

function trustOf({ id }: Connection, { email, emailVerified }: Assertion, authorities: Authorities): EmailTrust {
  if (email === null || !emailVerified) return 'T0';
  return authorities.ids.includes(id) ? 'T2' : 'T1';
}

type Key = 'connectionId' | 'issuer' | 'subject' | 'stableId' | 'email' | 'sub';

// The row locks make a deactivation wait for this sign-in, or this sign-in see the deactivation.
const candidatesOf = (tx: Tx, { connectionId, issuer, subject, stableId, email, sub }: Record<Key, Sql>) => sql`
  select u.*, m.external_id as scim_external_id, case
      when i.issuer = ${issuer} and (i.subject = ${subject} or (i.subject is null and i.sub = ${sub})) then 'subject'
      when i.external_id = ${stableId} and (u.scim_connection_id = ${connectionId} or u.scim_connection_id is null)
        then 'stable'
      else 'email' end as reason,
    (i.subject is not null and not (i.issuer = ${issuer} and i.subject = ${subject})) as other_subject,
    i.external_id as own_external_id, v.connection_id as invited_to, v.code_hash,
    array(
      select d.domain from identities o
      join domain_connections x on x.organization_id = o.organization_id and x.connection_id = o.connection_id
      join domains d on ${assignment} and ${verifiedDomain}
      where o.organization_id = u.organization_id and o.user_id = u.id and o.connection_id <> ${connectionId}
        and (o.subject is not null or o.connection_id = u.scim_connection_id)
        and not ${assignedTo(connectionId)}
    ) as domains_elsewhere
  from users u
  left join identities i on i.organization_id = u.organization_id and i.user_id = u.id
    and i.connection_id = ${connectionId}
  left join identities m on m.organization_id = u.organization_id and m.user_id = u.id
    and m.connection_id = u.scim_connection_id
  left join invitations v on v.organization_id = u.organization_id and v.user_id = u.id
  where u.organization_id = ${scopeOf(tx)} and u.id = any(array(
    select user_id from identities
      where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and issuer = ${issuer}
        and subject = ${subject}
    union
    select user_id from identities
      where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and issuer = ${issuer}
        and subject is null and sub = ${sub}
    union
    select user_id from identities
      where organization_id = ${scopeOf(tx)} and connection_id = ${connectionId} and external_id = ${stableId}
    union
    select id from users
      where organization_id = ${scopeOf(tx)} and user_name_key = ${email} and deleted_at is null
    union
    select id from users where organization_id = ${scopeOf(tx)} and email_key = ${email}
    union
    select id from users where organization_id = ${scopeOf(tx)} and former_name_key = ${email}
  ))
  order by u.id for update of u`;

interface Sought {
  code: string | null;
  /** The connections that own the domain of the address. */
  authorities: Authorities;
}

async function candidates(tx: Tx, connection: Connection, assertion: Assertion, sought: Sought) {
  const { issuer, subject, stableId, email, claims } = assertion;
  const rows = await tx.session.query<Record<string, unknown>>(
    candidatesOf(tx, {
      connectionId: once(connection.id),
      issuer: once(issuer),
      subject: once(subject),
      stableId: once(stableId ?? subject),
      email: once(email === null ? null : fold(email)),
      // Finds a subject that `forgetSubjects` has deleted.
      sub: once(typeof claims.sub === 'string' ? claims.sub : null),
    }),
  );
  return usersIn(tx.session, rows).map((user, n) => {
    const row = rows[n] ?? {};
    return { user, candidate: candidateOf(user, row, { connection, ...sought }), reason: String(row.reason) };
  });
}

function candidateOf(
  user: User,
  row: Record<string, unknown>,
  { connection, code, authorities }: Sought & { connection: Connection },
): Candidate {
  const { invited_to: invitedTo, code_hash: codeHash, domains_elsewhere: elsewhere } = row;
  return {
    userId: user.id,
    status: user.status,
    tombstone: user.deletedAt !== null,
    scim: user.scimConnectionId === null ? null : user.scimConnectionId === connection.id ? 'HERE' : 'ELSEWHERE',
    origin: user.origin,
    deprovisionReason: user.deprovisionReason,
    administrative: user.protected || isAdministrative(user),
    hasOtherSubject: row.other_subject === true,
    externalId: typeof row.own_external_id === 'string' ? row.own_external_id : null,
    managedByStranger:
      user.scimConnectionId !== null &&
      authorities.ids.includes(connection.id) &&
      !authorities.ids.includes(user.scimConnectionId),
    ownedElsewhere: [user.email, user.userName].some(
      (address) => Array.isArray(elsewhere) && elsewhere.includes(domainOf(address ?? '')),
    ),
    invitation: Buffer.isBuffer(codeHash)
      ? {
          isForThis: invitedTo === null || invitedTo === connection.id,
          isForAny: invitedTo === null,
          codeShown: opens({ codeHash }, code),
        }
      : null,
  };
}

async function domainAllowed(tx: Tx, { jit }: Connection, email: string | null): Promise<boolean> {
  const domain = email === null ? null : domainOf(email);
  if (domain === null) return jit.allowedDomains.length === 0;
  if (jit.allowedDomains.includes(domain)) return true;
  if (jit.allowedDomains.length > 0 || freeMailDomains.has(domain)) return false;
  const foreign = await tx.session.query(sql`select 1 from domains d where d.domain = ${domain} and ${verifiedDomain}
    and d.organization_id <> ${scopeOf(tx)}`);
  return foreign.length === 0;
}
