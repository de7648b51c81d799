import type { Tx } from '../../access/write.js';
import { domainOf, fold } from '../../fold.js';
import type { Connection } from '../connections/connection.js';
import { Organization } from '../organizations/organization.js';
import { isAdministrative, ownsDomain } from '../users/adopt-user.js';
import { usersIn } from '../users/load-user.js';
import type { User } from '../users/user.js';
import type { Assertion, EmailTrust } from './assertion.js';
import type { Candidate, Known } from './decide.js';
import { freeMailDomains } from './free-mail.js';

/** What the decision needs, read under the locks that keep it true until the commit. */
export async function gather(
  tx: Tx,
  connection: Connection,
  assertion: Assertion,
): Promise<{ known: Known; users: User[] }> {
  const [organization] = await tx.session.rows(Organization, 'id = $1 for share', [tx.organizationId]);
  const found = await candidates(tx, connection, assertion);
  const byEmail = found.filter(({ reason }) => reason === 'email');
  const pick = (reason: string) => found.find((candidate) => candidate.reason === reason)?.candidate ?? null;
  const known: Known = {
    organization: organization?.status ?? 'DISABLED',
    connection: connection.state,
    facet: connection.oidc?.enabled ?? false,
    stableId: assertion.stableId,
    trust: await trustOf(tx, connection, assertion),
    hasEmail: assertion.email !== null,
    bySubject: pick('subject'),
    byStableId: pick('stable'),
    // Live accounts come before tombstones, and what this connection manages before the rest.
    byEmail: byEmail.sort((a, b) => rank(a.candidate) - rank(b.candidate))[0]?.candidate ?? null,
    policy: {
      mode: connection.jit.mode,
      provisionsByScim: connection.scimEnabled,
      domainAllowed: await domainAllowed(tx, connection, assertion.email),
      requireVerifiedEmail: connection.jit.requireVerifiedEmail,
    },
  };
  return { known, users: found.map(({ user }) => user) };
}

const rank = ({ tombstone, scim }: Candidate) => (tombstone ? 10 : 0) + (scim === 'HERE' ? 0 : 1);

async function trustOf(tx: Tx, connection: Connection, { email, emailVerified }: Assertion): Promise<EmailTrust> {
  if (email === null || !emailVerified) return 'T0';
  return (await ownsDomain(tx, email, connection.id)) ? 'T2' : 'T1';
}

// The row locks make a deactivation wait for this sign-in, or this sign-in see it.
const statement = `
  select u.*, m.external_id as scim_external_id, case
      when i.issuer = $3 and i.subject = $4 then 'subject'
      when i.external_id = $5 and u.scim_connection_id = $2 then 'stable' else 'email' end as reason,
    (i.subject is not null and not (i.issuer = $3 and i.subject = $4)) as other_subject, i.external_id as own_external_id
  from users u
  left join identities i on i.organization_id = u.organization_id and i.user_id = u.id and i.connection_id = $2
  left join identities m on m.organization_id = u.organization_id and m.user_id = u.id
    and m.connection_id = u.scim_connection_id
  where u.organization_id = $1 and u.id = any(array(
    select user_id from identities where organization_id = $1 and connection_id = $2 and issuer = $3 and subject = $4
    union select user_id from identities where organization_id = $1 and connection_id = $2 and external_id = $5
    union select id from users where organization_id = $1 and user_name_key = $6 and deleted_at is null
    union select id from users where organization_id = $1 and email_key = $6
    union select id from users where organization_id = $1 and former_name_key = $6
  )) order by u.id for update of u`;

async function candidates(tx: Tx, connection: Connection, assertion: Assertion) {
  const { issuer, subject, stableId, email } = assertion;
  const values = [
    tx.organizationId,
    connection.id,
    issuer,
    subject,
    stableId ?? subject,
    email === null ? null : fold(email),
  ];
  const rows = await tx.session.query<Record<string, unknown>>(statement, values);
  return usersIn(tx.session, rows).map((user, n) => {
    const row = rows[n] ?? {};
    const candidate: Candidate = {
      userId: user.id,
      status: user.status,
      tombstone: user.deletedAt !== null,
      scim: user.scimConnectionId === null ? null : user.scimConnectionId === connection.id ? 'HERE' : 'ELSEWHERE',
      origin: user.origin,
      administrative: isAdministrative(user),
      hasOtherSubject: row.other_subject === true,
      externalId: typeof row.own_external_id === 'string' ? row.own_external_id : null,
    };
    return { user, candidate, reason: String(row.reason) };
  });
}

async function domainAllowed(tx: Tx, { jit }: Connection, email: string | null): Promise<boolean> {
  const domain = email === null ? null : domainOf(email);
  if (domain === null) return jit.allowedDomains.length === 0;
  if (jit.allowedDomains.includes(domain)) return true;
  if (jit.allowedDomains.length > 0 || freeMailDomains.has(domain)) return false;
  const foreign = await tx.session.query(
    `select 1 from domains where domain = $2 and state = 'VERIFIED' and organization_id <> $1`,
    [tx.organizationId, domain],
  );
  return foreign.length === 0;
}
