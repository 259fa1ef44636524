/** Lets at most so many starts run at a time; the others wait in order. The wait is bounded by the number of environments. */
export class StartLimiter {
  readonly #startingMax: number;
  readonly #waiting: (() => void)[] = [];
  #starting = 0;

  constructor(startingMax: number) {
    this.#startingMax = startingMax;
  }

  /** Resolves when it is this start's turn, with the function that ends the turn (harmless when called twice). */
  async turn(): Promise<() => void> {
    if (this.#starting >= this.#startingMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#starting += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = this.#waiting.shift();
      // The turn passes to the next in line, so the count stays.
      if (next) next();
      else this.#starting -= 1;
    };
  }
}
