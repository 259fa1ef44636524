/** Host uids for environments: one belongs to one environment at a time. */
export class UidPool {
  readonly #first: number;
  readonly #count: number;
  readonly #used = new Set<number>();
  #next = 0;

  constructor(first: number, count: number) {
    this.#first = first;
    this.#count = count;
  }

  /** A uid that no environment has; the one given back longest ago. Throws when all are in use. */
  acquire(): number {
    for (let tried = 0; tried < this.#count; tried += 1) {
      const uid = this.#first + (this.#next % this.#count);
      this.#next += 1;
      if (!this.#used.has(uid)) {
        this.#used.add(uid);
        return uid;
      }
    }
    throw new Error(`all ${this.#count} user ids for sandboxes are in use`);
  }

  /** To be called once none of the uid's processes is left. */
  release(uid: number): void {
    this.#used.delete(uid);
  }
}
