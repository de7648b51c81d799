/** Seeded generator of numbers from 0 to 1 (mulberry32), with the choices that edits need. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Returns up to `most` different items, in the order of the list. */
  some<T>(items: readonly T[], most: number): T[] {
    const wanted = this.below(most + 1);
    return items.filter(() => this.chance(wanted / Math.max(1, items.length))).slice(0, most);
  }

  /** Keeps each entry with this probability. */
  part<T extends object>(whole: T, probability: number): Partial<T> {
    return Object.fromEntries(Object.entries(whole).filter(() => this.chance(probability))) as Partial<T>;
  }
}
