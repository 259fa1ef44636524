/** Lanes whose ends are remembered; past it the file is asked again. */
const LANES_MAX = 100_000;

/** Where the lanes of streams end, so that the readers of a lane in which nothing happens cost nothing. */
export class LaneEnds {
  /** Nothing is behind these numbers, as far as has been told. */
  readonly #ends = new Map<string, number>();
  readonly #listeners = new Set<(stream: string, lane: number, sequence: number) => void>();

  hasNothingBehind(stream: string, lane: number, sequence: number): boolean {
    const end = this.#ends.get(`${lane} ${stream}`);
    return end !== undefined && end <= sequence;
  }

  /** The file had nothing; what has been written since then has been told already. */
  seenNothingBehind(stream: string, lane: number, sequence: number): void {
    const name = `${lane} ${stream}`;
    if (this.#ends.has(name)) return;
    if (this.#ends.size >= LANES_MAX) this.#ends.clear();
    this.#ends.set(name, sequence);
  }

  /** A record is on disk. */
  reached(stream: string, lane: number, sequence: number): void {
    const name = `${lane} ${stream}`;
    if (!this.#ends.has(name) && this.#ends.size >= LANES_MAX) this.#ends.clear();
    this.#ends.set(name, Math.max(sequence, this.#ends.get(name) ?? 0));
    for (const listener of this.#listeners) listener(stream, lane, sequence);
  }

  listen(listener: (stream: string, lane: number, sequence: number) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
