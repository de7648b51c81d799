import { dayMs } from '../../../kernel/durations.js';

/** Executions of operations that use a deprecated part of the schema. */
export interface DeprecatedUses {
  /** Schema coordinate of the part, such as `User.roles`. */
  name: string;
  /** Number of executions on this node since its start, at most 2,147,483,647. */
  count: number;
  lastUsedAt: Date;
}

/** The largest Int of GraphQL. */
const maximumCount = 2_147_483_647;

/**
 * Counts the uses of deprecated parts of the schema on this node, since its start. It has one counter for each part and
 * none for a caller, so its size is limited by the schema. Each part that is used is logged at most once a day.
 */
export class DeprecationCounter {
  readonly #counts = new Map<string, DeprecatedUses & { loggedAt: number }>();

  constructor(
    readonly now: () => Date,
    readonly log: { info(fields: object, text: string): void },
  ) {}

  add(names: readonly string[]): void {
    if (names.length === 0) return;
    const at = this.now();
    for (const name of names) {
      const known = this.#counts.get(name) ?? { name, count: 0, lastUsedAt: at, loggedAt: Number.NEGATIVE_INFINITY };
      known.count = Math.min(known.count + 1, maximumCount);
      known.lastUsedAt = at;
      if (at.getTime() - known.loggedAt >= dayMs) {
        known.loggedAt = at.getTime();
        this.log.info({ name, count: known.count }, 'operations use a deprecated part of the GraphQL schema');
      }
      this.#counts.set(name, known);
    }
  }

  /** Returns the parts with uses, the most frequent first. */
  list(): DeprecatedUses[] {
    return [...this.#counts.values()].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  }
}
