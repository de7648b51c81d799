import type { ConnectionId, OrganizationId } from '../../kernel/ids.js';
import type { ProvisioningRequest } from './provisioning-request.js';

/** Entries and characters of one connection that a node keeps for subscribers that do not read at once. */
const kept = { entries: 2_000, characters: 8 * 1_048_576 };

const sizeOf = ({ path, error, requestText, responseText, quirks }: ProvisioningRequest): number =>
  [path, error, requestText, responseText, ...quirks].reduce((sum, text) => sum + (text?.length ?? 0), 0);

/**
 * Newest entries of one followed connection, shared by its subscribers. A subscriber is only a number: the entry that
 * it reads next. So a slow subscriber needs no memory of its own.
 */
export class RequestTail {
  listeners = 0;
  /** Number of subscribers that need the bodies of requests and responses. */
  bodyReaders = 0;
  /** Snapshot of the last complete read; null before the first. */
  seen: string | null = null;
  /** Snapshot up to which a read with several pages goes; null between reads. */
  target: string | null = null;
  /** Id of the last entry of the page before. */
  after = '';
  /** Epoch of the database to which the snapshots belong. */
  epoch = '';
  /** Functions that wake the waiting subscribers. */
  readonly waiting = new Set<() => void>();
  #entries: ProvisioningRequest[] = [];
  #dropped = 0;
  #characters = 0;

  constructor(
    readonly organizationId: OrganizationId,
    readonly connectionId: ConnectionId,
  ) {}

  /** Begins with the snapshot of the next read: the earlier ones belong to another history of the database. */
  restart(epoch: string): void {
    this.epoch = epoch;
    this.seen = null;
    this.target = null;
    this.after = '';
  }

  /**
   * Adds the entries of one read. `snapshot` is that of the read, and `isLast` is false if the page is full. Returns
   * true if there are more entries to read.
   */
  take(entries: readonly ProvisioningRequest[], snapshot: string | null, isLast: boolean): boolean {
    const wasBehind = this.target !== null;
    const reached = this.target ?? snapshot;
    this.seen = isLast ? reached : this.seen;
    this.target = isLast ? null : reached;
    this.after = isLast ? '' : (entries.at(-1)?.id ?? '');
    if (entries.length > 0) this.add(entries);
    return wasBehind || !isLast;
  }

  /** Number of the entry that is read next. */
  get end(): number {
    return this.#dropped + this.#entries.length;
  }

  /** Adds entries, drops the oldest ones beyond the limits, and wakes the subscribers. */
  add(entries: readonly ProvisioningRequest[]): void {
    this.#entries.push(...entries);
    for (const entry of entries) this.#characters += sizeOf(entry);
    let surplus = 0;
    for (const entry of this.#entries) {
      const isWithin = this.#entries.length - surplus <= kept.entries && this.#characters <= kept.characters;
      if (isWithin || surplus === this.#entries.length - 1) break;
      this.#characters -= sizeOf(entry);
      surplus++;
    }
    this.#entries.splice(0, surplus);
    this.#dropped += surplus;
    for (const wake of [...this.waiting]) wake();
  }

  /** Returns the entries from this number on; null if some of them were dropped. */
  from(number: number): readonly ProvisioningRequest[] | null {
    return number < this.#dropped ? null : this.#entries.slice(number - this.#dropped);
  }
}
