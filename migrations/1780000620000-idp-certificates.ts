import { X509Certificate } from 'node:crypto';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  `create table idp_certificates (
    organization_id text collate "C" not null references organizations (id) on delete cascade,
    connection_id text collate "C" not null,
    fingerprint text collate "C" not null,
    expires_at timestamptz(3) not null,
    primary key (organization_id, connection_id, fingerprint),
    foreign key (organization_id, connection_id) references connections (organization_id, id) on delete cascade
  )`,
  `create index idp_certificates_expiry on idp_certificates (expires_at)`,
];

// The database cannot read the validity period of a certificate, so lists of what expires need a copy of it.
export class IdpCertificates1780000620000 implements MigrationInterface {
  name = 'IdpCertificates1780000620000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of up) await runner.query(statement);
    const stored: { organization_id: string; id: string; pem: string }[] = await runner.query(
      `select organization_id, id, jsonb_array_elements_text(saml->'certificates') as pem
       from connections where saml is not null`,
    );
    for (const { organization_id, id, pem } of stored) {
      const { fingerprint256, validTo } = new X509Certificate(pem);
      await runner.query('insert into idp_certificates values ($1, $2, $3, $4) on conflict do nothing', [
        organization_id,
        id,
        fingerprint256,
        new Date(validTo),
      ]);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table idp_certificates');
  }
}
