/**
 * Storage of a consumer's cursor. `save` is called with the cursor of each event when the next event is requested, so
 * that an event whose processing failed is delivered again.
 */
export interface CursorStore {
  load(): Promise<string | null>;
  save(cursor: string): Promise<void>;
}

/** Returns a store that keeps the cursor in memory until the process ends. */
export function memoryStore(cursor: string | null = null): CursorStore & { cursor: string | null } {
  return {
    cursor,
    async load() {
      return this.cursor;
    },
    async save(next) {
      this.cursor = next;
    },
  };
}
