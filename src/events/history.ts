import type { Failures } from '../failures.js';
import type { OrganizationId } from '../ids.js';
import type { Database, Session } from '../storage/database.js';
import { codeOf } from '../storage/error-code.js';
import { type Anchor, type EventCursor, parseCursor, printCursor } from './cursor.js';
import { beginEpoch, endEpoch, findHistory, type Witness } from './epoch.js';
import type { EventRecord } from './event.js';

/**
 * Which history the log has. A restore, or a failover that loses commits, puts other events at the places of those that were
 * read before. What this server knows is compared with the log by every new session before it is used, and once a second.
 */
export class History {
  #epoch = '';
  #witness: Witness | null = null;
  /** Called when another history has begun: what was remembered of the database may be of the earlier one. */
  onChange: () => void = () => {};

  /** `keys` prove cursors, the first of them those that are made now. */
  constructor(
    readonly database: Database,
    readonly keys: readonly string[],
    readonly failures: Failures,
  ) {}

  /** Looks for the first time, and from now on with every new session. */
  async open(): Promise<this> {
    await beginEpoch(this.database);
    await this.look();
    this.database.onSession = (opened) => this.look(opened);
    return this;
  }

  /** Part of every cursor and webhook. It changes when the database was restored or has failed over. */
  get epoch(): string {
    return this.#epoch;
  }

  /** What a statement has read of the epoch. */
  read(epoch: string | null): void {
    if (epoch === null || epoch === this.#epoch) return;
    const isFirst = this.#epoch === '';
    this.#epoch = epoch;
    this.#witness = null;
    if (!isFirst) this.onChange();
  }

  /** An event was read: it has to be there for as long as the history goes on. */
  saw(event: Pick<EventRecord, 'organizationId' | 'position' | 'seq' | 'id'> | undefined): void {
    if (!event || (this.#witness && this.#witness.seq >= event.seq)) return;
    const { organizationId, position, seq, id } = event;
    this.#witness = { organizationId, position, seq, id, epoch: this.#epoch };
  }

  /** Compares what is known with the log, and begins another epoch where that is another history. */
  async look(session: Session = this.database): Promise<void> {
    const witness = this.#witness;
    const found = await findHistory(session, witness);
    // A standby may lack what its primary has: only that one can tell.
    if (!found || found.isSame === null) return this.read(found?.epoch ?? null);
    const isLost = !found.continues && witness?.epoch === found.epoch;
    if (found.isSame && !isLost) return this.read(found.epoch);
    await this.#end(found.epoch, session);
  }

  /**
   * Begins another epoch when the cursor proves one: a server of this database gave it out in this epoch, and the log has not
   * its event. A caller cannot make such a cursor, and the same one proves nothing in the next epoch. In its own time: the
   * caller may hold the one session that there is.
   */
  refute({ isProven, id, epoch }: EventCursor): void {
    if (!isProven || id === null || epoch !== this.#epoch) return;
    this.#end(epoch, this.database).catch((error) => {
      // The next such cursor proves the same.
      this.failures.note('the epoch of the event log cannot be ended', error);
    });
  }

  async #end(epoch: string, session: Session): Promise<void> {
    try {
      await endEpoch(session, epoch);
    } catch (error) {
      // A database that is read-only now is looked at again by its next session.
      if (codeOf(error) !== '25006') throw error;
    }
    this.read((await findHistory(session, null))?.epoch ?? null);
  }

  /** The cursor of the place. */
  cursorAt(organizationId: OrganizationId | null, { place, id }: Anchor): string {
    return printCursor({ organizationId, epoch: this.#epoch, place, id }, this.keys);
  }

  /** The cursor of an event, in the log that it was read from. */
  cursorOf({ acrossOrganizations, organizationId, position, seq, id }: EventRecord): string {
    return acrossOrganizations
      ? this.cursorAt(null, { place: seq, id })
      : this.cursorAt(organizationId, { place: position, id });
  }

  /** @throws CursorInvalid when it is no cursor, or another log's */
  parse(text: string, organizationId: OrganizationId | null): EventCursor {
    return parseCursor(text, organizationId, this.keys);
  }
}
