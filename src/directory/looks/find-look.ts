import type { Database } from '../../storage/database.js';
import { sql } from '../../storage/sql.js';
import { logoType } from './logo.js';

/** The look of one application or organization, for a page. */
export interface NamedLook {
  name: string;
  color: string | null;
  supportContact: string | null;
  logoHash: string | null;
}

/** What a page shows of an application, and where it is. */
export interface ApplicationLook extends NamedLook {
  redirectUris: string[];
}

const columns = sql`name, color, support_contact as "supportContact", logo_hash as "logoHash"`;

/**
 * Returns what a page shows of an application and an organization; null for each that is not there. Anybody can read it:
 * it is shown before anybody has signed in.
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

/** Returns the logo that has the hash, with its media type; null if no application or organization has it. */
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
