import type { Adapter, AdapterPayload } from 'oidc-provider';

const capacity = 10_000;

/** Storage of the test IdP, in memory of this process. */
export class Memory implements Adapter {
  readonly #rows = new Map<string, { payload: AdapterPayload; endsAt: number }>();

  constructor(
    readonly findClient: (id: string) => Promise<AdapterPayload | undefined>,
    readonly kind: string,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn = 3_600): Promise<void> {
    const oldest = this.#rows.keys().next();
    if (this.#rows.size >= capacity && !oldest.done) this.#rows.delete(oldest.value);
    this.#rows.set(id, { payload, endsAt: Date.now() + expiresIn * 1000 });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.kind === 'Client') return this.findClient(id);
    const row = this.#rows.get(id);
    return row && row.endsAt > Date.now() ? row.payload : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...this.#rows.values()].find(({ payload }) => payload.uid === uid)?.payload;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(id: string): Promise<void> {
    const row = this.#rows.get(id);
    if (row) row.payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    this.#rows.delete(id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, { payload }] of this.#rows) if (payload.grantId === grantId) this.#rows.delete(id);
  }
}
