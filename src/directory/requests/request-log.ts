import { newId } from '../../ids.js';
import type { Session } from '../../storage/database.js';
import type { ProvisioningRequest } from './provisioning-request.js';

/** A request as the door tells it. */
export type NewRequest = Omit<ProvisioningRequest, 'id' | 'requestBody' | 'responseBody'>;

/** How long an entry may wait to be written: what a crash can lose of the log, never of the directory. */
const delayMs = 100;
const batch = 500;
/** Entries that may wait while the database does not answer; then the oldest go. */
const capacity = 5_000;

/**
 * The log of what IdPs sent. Entries are written behind the answers, many at a time, so that no request waits for its own
 * record.
 */
export class RequestLog {
  #waiting: ProvisioningRequest[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(readonly session: Session) {}

  /** Adds an entry and gives it back with its id; it is in the database within a moment. */
  record(entry: NewRequest): ProvisioningRequest {
    const kept = { ...entry, id: newId('req') } as ProvisioningRequest;
    this.#waiting.push(kept);
    if (this.#waiting.length > capacity) this.#waiting.shift();
    if (this.#waiting.length >= batch) void this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), delayMs).unref();
    return kept;
  }

  /** Writes what waits; resolves when everything recorded before is there to be read, or could not be written. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting.slice(0, batch);
      try {
        await this.session.query(insert, [JSON.stringify(entries)]);
      } catch {
        // The database is away: what waits is tried again with the next entry.
        return;
      }
      const written = new Set(entries);
      this.#waiting = this.#waiting.filter((entry) => !written.has(entry));
    }
  }
}

// A connection that was deleted meanwhile took its log with it, and so did somebody who was erased.
const insert = `
  insert into provisioning_requests (organization_id, id, connection_id, protocol, method, path, status, duration_ms, at,
    request_body, response_body, error, quirks, user_id, request_id, first_position, last_position)
  select c.organization_id, e->>'id', c.id, e->>'protocol', e->>'method', e->>'path', (e->>'status')::int,
    (e->>'durationMs')::int, (e->>'at')::timestamptz, e->>'requestText', e->>'responseText', e->>'error',
    array(select jsonb_array_elements_text(e->'quirks')), e->>'userId', e->>'requestId',
    (e->>'firstPosition')::bigint, (e->>'lastPosition')::bigint
  from jsonb_array_elements($1::jsonb) e
  join connections c on c.organization_id = e->>'organizationId' and c.id = e->>'connectionId'
  where not exists (select from events where organization_id = c.organization_id and user_id = e->>'userId' and type = 'user.deleted')
  on conflict do nothing`;

/** Removes entries that are older than `days`, and of each connection all but the newest `perConnection`. */
export async function pruneRequests(
  session: Session,
  { now, days, perConnection }: { now: Date; days: number; perConnection: number },
): Promise<void> {
  const oldest = new Date(now.getTime() - days * 86_400_000);
  await session.query('delete from provisioning_requests where at < $1', [oldest]);
  await session.query(
    `delete from provisioning_requests r using connections c, lateral (
       select id from provisioning_requests
       where organization_id = c.organization_id and connection_id = c.id order by id desc offset $1 limit 1
     ) last
     where r.organization_id = c.organization_id and r.connection_id = c.id and r.id <= last.id`,
    [perConnection],
  );
}
