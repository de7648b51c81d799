import type { EventId, OrganizationId } from '../ids.js';
import type { Database } from '../storage/database.js';
import { sql } from '../storage/sql.js';
import type { Anchor } from './cursor.js';
import type { EventRecord } from './event.js';
import { Frontier } from './frontier.js';
import type { History } from './history.js';
import { boundsOf, expired } from './log.js';
import { type Reading, readEvents, type Stretch } from './read.js';

/** A log as readers follow it: one organization's by position, or all organizations' by `seq`. */
export interface Feed {
  readonly organizationId: OrganizationId | null;
  /** Where the event stands. */
  anchorOf(event: EventRecord): Anchor;
  /** The newest event that a reader may be given, or the place where it was. */
  head(): Promise<Anchor>;
  /** Goes as far as is complete by now. @throws CursorExpired when the log has not the event that it goes on from */
  read(stretch: Stretch): Promise<Reading>;
}

/** One organization's log: complete up to whatever is visible. */
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

/** The logs of all organizations behind one frontier. Complete, in order inside each; between them no order is promised. */
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

  /** The newest event below the frontier. A cursor never names a number that no event has: a crash may give that out again. */
  async head(): Promise<Anchor> {
    const frontier = await this.#advance();
    const [row] = await this.database.query<{ place: number; id: EventId }>(
      sql`select seq as place, id from events where seq <= ${frontier} order by seq desc limit 1`,
    );
    if (row) return row;
    const { pruned } = await boundsOf(this.database, null);
    return pruned.place <= frontier ? pruned : { place: frontier, id: null };
  }

  async read(stretch: Stretch): Promise<Reading> {
    const frontier = await this.#advance();
    const upTo = Math.min(frontier, stretch.upTo ?? frontier);
    return checked(this, await readEvents(this.database, null, { ...stretch, upTo }));
  }

  // What was known to be complete says nothing about another history.
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
