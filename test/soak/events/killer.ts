import type { TestServer } from '../../e2e/server.ts';

/** What the kills have come to. */
export interface Kills {
  readonly kills: number;
  /** From the kill until it said that it was ready again, each. */
  readonly restartsMs: readonly number[];
}

/** Ends the server and starts it again, in an endless rhythm. */
export class Killer {
  #server: TestServer;
  readonly #restartsMs: number[] = [];
  #isStopped = false;
  readonly #done: Promise<void>;

  constructor(server: TestServer, everyMs: number, onKill: () => void) {
    this.#server = server;
    this.#done = this.#run(everyMs, onKill);
  }

  get kills(): number {
    return this.#restartsMs.length;
  }

  seen(): Kills {
    return { kills: this.#restartsMs.length, restartsMs: this.#restartsMs };
  }

  /** Kills no more; resolves to the server that runs. */
  async stop(): Promise<TestServer> {
    this.#isStopped = true;
    await this.#done;
    return this.#server;
  }

  async #run(everyMs: number, onKill: () => void): Promise<void> {
    let nextMs = performance.now() + everyMs;
    while (!this.#isStopped) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (performance.now() < nextMs) continue;
      onKill();
      const killedMs = performance.now();
      this.#server = await this.#server.restart();
      this.#restartsMs.push(performance.now() - killedMs);
      nextMs = performance.now() + everyMs;
    }
  }
}
