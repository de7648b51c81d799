import type { OrganizationId } from '../ids.js';
import type { Database } from '../storage/database.js';
import type { EventRecord } from './event.js';
import { Frontier } from './frontier.js';
import { boundsOf, headOf } from './log.js';
import { readEvents, type Stretch } from './read.js';

/** A log as readers follow it: one organization's by position, or all organizations' by `seq`. */
export interface Feed {
  readonly organizationId: OrganizationId | null;
  placeOf(event: EventRecord): number;
  /** The place of the newest event that a reader may be given. */
  head(): Promise<number>;
  /** Goes as far as is complete by now. */
  read(stretch: Stretch): Promise<EventRecord[]>;
}

/** One organization's log: complete up to whatever is visible. */
export class OrganizationFeed implements Feed {
  constructor(
    readonly database: Database,
    readonly organizationId: OrganizationId,
  ) {}

  placeOf({ position }: EventRecord): number {
    return position;
  }
  head(): Promise<number> {
    return headOf(this.database, this.organizationId);
  }
  read(stretch: Stretch): Promise<EventRecord[]> {
    return readEvents(this.database, this.organizationId, stretch);
  }
}

/** The logs of all organizations behind one frontier. Complete, in order inside each; between them no order is promised. */
export class PlatformFeed implements Feed {
  readonly organizationId = null;
  readonly #frontier: Frontier;
  constructor(readonly database: Database) {
    this.#frontier = new Frontier(database);
  }

  placeOf({ seq }: EventRecord): number {
    return seq;
  }

  /** The newest event below the frontier. A cursor never names a number that no event has: a crash may give that out again. */
  async head(): Promise<number> {
    const frontier = await this.#frontier.advance();
    const [row] = await this.database.query<{ head: number | null }>(
      'select max(seq) as head from events where seq <= $1',
      [frontier],
    );
    return row?.head ?? Math.min(frontier, (await boundsOf(this.database, null)).pruned);
  }

  async read(stretch: Stretch): Promise<EventRecord[]> {
    const frontier = await this.#frontier.advance();
    return readEvents(this.database, null, { ...stretch, upTo: Math.min(frontier, stretch.upTo ?? frontier) });
  }
}
