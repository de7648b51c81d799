import type { DocumentNode } from 'graphql';

/** Maximum number of cached documents. An application sends a few dozen. */
const capacity = 500;

/** Cache of parsed documents by the hash of their text. Invalid documents are not cached. */
export class Documents {
  readonly #kept = new Map<string, DocumentNode>();

  constructor(readonly isGood: (document: DocumentNode) => boolean) {}

  async get(key: string): Promise<DocumentNode | undefined> {
    return this.#kept.get(key);
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    if (!this.isGood(document)) return;
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= capacity && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, document);
  }

  async delete(key: string): Promise<boolean> {
    return this.#kept.delete(key);
  }
}
