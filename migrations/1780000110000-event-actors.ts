import type { MigrationInterface, QueryRunner } from 'typeorm';

// `EventFilter.actorId` and `EventFilter.connectionIds` find events by their actor, also in the log of all organizations.
export class EventActors1780000110000 implements MigrationInterface {
  name = 'EventActors1780000110000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'create index events_actor on events (actor_id, organization_id, position) where actor_id is not null',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index events_actor');
  }
}
