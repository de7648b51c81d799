import type { EventId, OrganizationId } from '../kernel/ids.js';
import type { Database } from '../storage/database.js';
import { sql } from '../storage/sql.js';
import type { Anchor } from './cursor.js';
import type { EventRecord } from './event.js';
import { Frontier } from './frontier.js';
import type { History } from './history.js';
import { boundsOf, expired } from './log.js';
import { type Reading, readEvents, type Stretch } from './read.js';

/** A log to read: that of one organization, ordered by position, or that of all organizations, ordered by `seq`. */
export interface Feed {
  readonly organizationId: OrganizationId | null;
  /** Returns the anchor of the event in this log. */
  anchorOf(event: EventRecord): Anchor;
  /** Returns the anchor of the newest event that can be delivered, also if that event was pruned. */
  head(): Promise<Anchor>;
  /**
   * Reads events as far as the log is complete. @throws CursorExpired if the log does not contain the event to continue
   * from
   */
  read(stretch: Stretch): Promise<Reading>;
}

/** Log of one organization. It is complete up to each visible event. */
export class OrganizationFeed implements Feed {
  constructor(
    readonly database: Database,
    readonly history: History,
    readonly organizationId: OrganizationId,
  ) {}

  anchorOf({ position, id }: EventRecord): Anchor {
    return { place: position, id };
  }
  async head(): Promise<Anchor> {
    const { head, epoch } = await boundsOf(this.database, this.organizationId);
    if (epoch) this.history.read(epoch);
    return head;
  }
  async read(stretch: Stretch): Promise<Reading> {
    const reading = await readEvents(this.database, this.organizationId, stretch);
    return checked(this, reading);
  }
}

/**
 * Log of all organizations, up to the frontier. It is complete. Events of one organization are in order; between
 * organizations no order is guaranteed.
 */
export class PlatformFeed implements Feed {
  readonly organizationId = null;
  #frontier: Frontier;
  #epoch: string;
  constructor(
    readonly database: Database,
    readonly history: History,
  ) {
    this.#frontier = new Frontier(database);
    this.#epoch = history.epoch;
  }

  anchorOf({ seq, id }: EventRecord): Anchor {
    return { place: seq, id };
  }

  /**
   * Returns the newest event up to the frontier. The cursor never contains a `seq` without an event, because after a
   * crash that number can be assigned again.
   */
  async head(): Promise<Anchor> {
    const frontier = await this.#advance();
    const [row] = await this.database.query<{ place: number; id: EventId }>(
      sql`select seq as place, id from events where seq <= ${frontier} order by seq desc limit 1`,
    );
    if (row) return row;
    // Pruned events were final long ago, also if this process has not advanced its frontier yet.
    return (await boundsOf(this.database, null)).pruned;
  }

  async read(stretch: Stretch): Promise<Reading> {
    const frontier = await this.#advance();
    const upTo = Math.min(frontier, stretch.upTo ?? frontier);
    return checked(this, await readEvents(this.database, null, { ...stretch, upTo }));
  }

  // The frontier of another history does not apply to this one.
  #advance(): Promise<number> {
    if (this.#epoch !== this.history.epoch) {
      this.#epoch = this.history.epoch;
      this.#frontier = new Frontier(this.database);
    }
    return this.#frontier.advance();
  }
}

async function checked(
  { database, history, organizationId }: Feed & { database: Database; history: History },
  reading: Reading,
): Promise<Reading> {
  if (reading.epoch) history.read(reading.epoch);
  if (reading.continues) {
    history.saw(reading.events.at(-1));
    return reading;
  }
  await history.look();
  throw await expired(database, history, organizationId);
}
