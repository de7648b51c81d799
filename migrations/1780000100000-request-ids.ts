import type { MigrationInterface, QueryRunner } from 'typeorm';

// `Event.request` finds the logged request of an event by its request id.
export class RequestIds1780000100000 implements MigrationInterface {
  name = 'RequestIds1780000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create index provisioning_requests_request on provisioning_requests (organization_id, request_id)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index provisioning_requests_request');
  }
}
