/** Lets tasks through one at a time, in the order of their calls. A task that fails does not stop the next. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `task` does. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
