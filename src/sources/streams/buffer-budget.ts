/** What all shards of a mapping may hold together. */
export class BufferBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Whether so much more may be held. */
  has(bytes: number): boolean {
    return this.#bytes + bytes <= this.#bytesMax;
  }

  /** Counts what is held; it may go over the limit by what one read brings. */
  take(bytes: number): void {
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}
