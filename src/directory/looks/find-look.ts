import type { Database } from '../../storage/database.js';
import { sql } from '../../storage/sql.js';
import { logoType } from './logo.js';

/** The appearance of one application or organization on a page. */
export interface NamedLook {
  name: string;
  color: string | null;
  supportContact: string | null;
  logoHash: string | null;
}

/** The appearance of an application, with its redirect URIs. */
export interface ApplicationLook extends NamedLook {
  redirectUris: string[];
}

const columns = sql`name, color, support_contact as "supportContact", logo_hash as "logoHash"`;

/**
 * Returns the appearance of an application and of an organization; null for each that does not exist. It is public,
 * because pages show it before a user has signed in.
 */
export async function findLooks(
  database: Pick<Database, 'query'>,
  { clientId, organizationId }: { clientId: string | null; organizationId: string | null },
): Promise<{ application: ApplicationLook | null; organization: NamedLook | null }> {
  const [application] = clientId
    ? await database.query<ApplicationLook>(
        sql`select ${columns}, redirect_uris as "redirectUris" from applications where id = ${clientId}`,
      )
    : [];
  const [organization] = organizationId
    ? await database.query<NamedLook>(
        sql`select ${columns} from organizations where id = ${organizationId} and deleted_at is null`,
      )
    : [];
  return { application: application ?? null, organization: organization ?? null };
}

/** Returns the logo with this hash and its media type; null if no application or organization has it. */
export async function findLogo(
  database: Pick<Database, 'query'>,
  hash: string,
): Promise<{ bytes: Buffer; type: string } | null> {
  const [row] = await database.query<{ logo: Buffer }>(sql`select logo from applications where logo_hash = ${hash}
    union all
    select logo from organizations where logo_hash = ${hash} and deleted_at is null
    limit 1`);
  const type = row && logoType(row.logo);
  return type ? { bytes: row.logo, type } : null;
}
