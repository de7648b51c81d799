import type { Vault } from '../../kernel/vault.js';
import type { Database } from '../../storage/database.js';
import { sql } from '../../storage/sql.js';

/** Private key with the certificate that others have stored. */
export interface KeptKey {
  certificate: string;
  privateKey: string;
}

/** Returns the key with this id. `generate` creates it at the first call on any node; it is never replaced. */
export async function keptKey(
  database: Database,
  { vault, id, now }: { vault: Vault; id: string; now: Date },
  generate: () => Promise<KeptKey>,
): Promise<KeptKey> {
  const place = `signing_keys.${id}`;
  const find = () =>
    database.query<{ sealed: string; certificate: string }>(
      sql`select sealed, certificate from signing_keys where id = ${id}`,
    );
  const [known] = await find();
  if (!known) {
    const { certificate, privateKey } = await generate();
    await database.query(sql`insert into signing_keys (id, purpose, sealed, certificate, created_at, active_from)
      values (${id}, ${id}, ${vault.seal(privateKey, place)}, ${certificate}, ${now}, ${now})
      on conflict do nothing`);
  }
  const [kept] = known ? [known] : await find();
  return { certificate: kept?.certificate ?? '', privateKey: vault.open(kept?.sealed ?? '', place) };
}
