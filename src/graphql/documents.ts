import type { DocumentNode } from 'graphql';

/** Documents that may be kept at a time; an application sends a few dozen. */
const capacity = 500;

/** Parsed documents by the hash of their text. What is wrong with a document is not worth its memory. */
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
