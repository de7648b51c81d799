import type { ProvisioningRequest } from './provisioning-request.js';

/**
 * Maximum number of entries and characters in one statement. A statement of this size takes milliseconds; its timeout
 * is five seconds.
 */
const batch = { entries: 500, characters: 4 * 1_048_576 };
/** Maximum number of entries and characters in memory while the database is unavailable. */
const capacity = { entries: 5_000, characters: 64 * 1_048_576 };

const sizeOf = ({ path, requestText, responseText, error, quirks }: ProvisioningRequest): number =>
  [path, requestText, responseText, error, ...quirks].reduce((sum, text) => sum + (text?.length ?? 0), 0);

/** Entries of the request log that have not been written yet, oldest first, limited by number and size. */
export class WaitingRequests {
  readonly #sizes = new Map<ProvisioningRequest, number>();
  #characters = 0;

  get length(): number {
    return this.#sizes.size;
  }

  /** True if there are enough entries for a full statement. */
  get isBatch(): boolean {
    return this.length >= batch.entries || this.#characters >= batch.characters;
  }

  /** Adds an entry and returns the number of oldest entries that were removed to make room. */
  add(entry: ProvisioningRequest): number {
    const size = sizeOf(entry);
    this.#sizes.set(entry, size);
    this.#characters += size;
    let removed = 0;
    for (const oldest of this.#sizes.keys()) {
      if (this.length <= capacity.entries && this.#characters <= capacity.characters) break;
      this.remove([oldest]);
      removed++;
    }
    return removed;
  }

  /** Returns the oldest entries that fit into one statement; at least one if any is waiting. */
  next(): ProvisioningRequest[] {
    const entries: ProvisioningRequest[] = [];
    let characters = 0;
    for (const [entry, size] of this.#sizes) {
      characters += size;
      const isFull = entries.length === batch.entries || characters > batch.characters;
      if (isFull && entries.length > 0) break;
      entries.push(entry);
    }
    return entries;
  }

  remove(entries: readonly ProvisioningRequest[]): void {
    for (const entry of entries) {
      this.#characters -= this.#sizes.get(entry) ?? 0;
      this.#sizes.delete(entry);
    }
  }
}
