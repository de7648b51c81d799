import type { Failures } from '../kernel/failures.js';
import type { OrganizationId } from '../kernel/ids.js';
import type { Database } from '../storage/database.js';
import { codeOf } from '../storage/error-code.js';
import type { Session } from '../storage/session.js';
import { type Anchor, type EventCursor, parseCursor, printCursor } from './cursor.js';
import { beginEpoch, endEpoch, findHistory, type Witness } from './epoch.js';
import type { EventRecord } from './event.js';

/**
 * Identifies the history of the log by its epoch. A restore, or a failover that loses commits, replaces events that
 * were read before by other events at the same positions. Each new session, before its first use, and a poll once a
 * second compare the log with the last event that this server has read.
 */
export class History {
  #epoch = '';
  #witness: Witness | null = null;
  /** Called when another history has begun: cached data can belong to the previous one. */
  onChange: () => void = () => {};

  /** `keys` prove cursors. The first one signs new cursors. */
  constructor(
    readonly database: Database,
    readonly keys: readonly string[],
    readonly failures: Failures,
  ) {}

  /** Checks the history for the first time, and from then on with each new session. */
  async open(): Promise<this> {
    await beginEpoch(this.database);
    await this.look();
    this.database.onSession = (opened) => this.look(opened);
    return this;
  }

  /** Current epoch, part of each cursor and webhook. It changes after a restore or failover of the database. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Records the epoch that a statement has read. */
  read(epoch: string | null): void {
    if (epoch === null || epoch === this.#epoch) return;
    const isFirst = this.#epoch === '';
    this.#epoch = epoch;
    this.#witness = null;
    if (!isFirst) this.onChange();
  }

  /** Records an event that was read. The log must contain it as long as the history continues. */
  saw(event: Pick<EventRecord, 'organizationId' | 'position' | 'seq' | 'id'> | undefined): void {
    if (!event || (this.#witness && this.#witness.seq >= event.seq)) return;
    const { organizationId, position, seq, id } = event;
    this.#witness = { organizationId, position, seq, id, epoch: this.#epoch };
  }

  /** Compares the log with the last event that was read, and begins a new epoch if the log has another history. */
  async look(session: Session = this.database): Promise<void> {
    const witness = this.#witness;
    const found = await findHistory(session, witness);
    // A standby can lack events of its primary, so only the primary can detect another history.
    if (!found || found.isSame === null) return this.read(found?.epoch ?? null);
    const isLost = !found.continues && witness?.epoch === found.epoch;
    if (found.isSame && !isLost) return this.read(found.epoch);
    await this.#end(found.epoch, session);
  }

  /**
   * Begins a new epoch if the cursor proves another history: a server of this database issued it in the current epoch,
   * but the log does not contain its event. A caller cannot forge such a cursor, and the same cursor proves nothing in
   * the next epoch. Runs in the background, because the caller can occupy the only session.
   */
  refute({ isProven, id, epoch }: EventCursor): void {
    if (!isProven || id === null || epoch !== this.#epoch) return;
    this.#end(epoch, this.database).catch((error) => {
      // The next such cursor starts another attempt.
      this.failures.note('the epoch of the event log cannot be changed', error);
    });
  }

  async #end(epoch: string, session: Session): Promise<void> {
    try {
      await endEpoch(session, epoch);
    } catch (error) {
      // The database is currently read-only. The next session checks the history again.
      if (codeOf(error) !== '25006') throw error;
    }
    this.read((await findHistory(session, null))?.epoch ?? null);
  }

  /** Returns the cursor of the anchor. */
  cursorAt(organizationId: OrganizationId | null, { place, id }: Anchor): string {
    return printCursor({ organizationId, epoch: this.#epoch, place, id }, this.keys);
  }

  /** Returns the cursor of an event, in the log that it was read from. */
  cursorOf({ acrossOrganizations, organizationId, position, seq, id }: EventRecord): string {
    return acrossOrganizations
      ? this.cursorAt(null, { place: seq, id })
      : this.cursorAt(organizationId, { place: position, id });
  }

  /** Parses a cursor. @throws CursorInvalid if the text is not a cursor, or belongs to another log */
  parse(text: string, organizationId: OrganizationId | null): EventCursor {
    return parseCursor(text, organizationId, this.keys);
  }
}
