import type { Duplex, Readable } from 'node:stream';
import type { SandboxCompanions } from '../../ports/sandbox-driver.ts';

const LINE_BYTES_MAX = 256;

/** The host's end of a script made by `companionScript`. */
export class Companions implements SandboxCompanions {
  readonly output: Readable;
  readonly #control: Duplex;
  readonly #onMainExit: (status: number) => void;
  #onExit: ((index: number, status: number) => void) | undefined;
  /** Ends that came before anybody listened; each companion has one. */
  readonly #early: [index: number, status: number][] = [];
  #rest = '';

  constructor(control: Duplex, output: Readable, onMainExit: (status: number) => void) {
    this.output = output;
    this.#control = control;
    this.#onMainExit = onMainExit;
    control.on('error', () => {});
    control.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
  }

  onExit(listener: (index: number, status: number) => void): void {
    this.#onExit = listener;
    for (const [index, status] of this.#early.splice(0)) listener(index, status);
  }

  begin(): void {
    this.#control.write('begin\n');
  }

  /** Ends the first process by SIGTERM. */
  terminateMain(): void {
    this.#control.write('terminate\n');
  }

  destroy(): void {
    this.#control.destroy();
    this.output.destroy();
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split('\n');
    // The script alone writes here, but a function can be in its place; what it sends must not grow.
    this.#rest = (lines.pop() ?? '').slice(0, LINE_BYTES_MAX);
    for (const line of lines) {
      const main = /^main (\d{1,3})$/.exec(line);
      const exit = /^exit (\d{1,3}) (\d{1,3})$/.exec(line);
      if (main) this.#onMainExit(Number(main[1]));
      else if (exit) this.#exited(Number(exit[1]), Number(exit[2]));
    }
  }

  #exited(index: number, status: number): void {
    if (this.#onExit) this.#onExit(index, status);
    else this.#early.push([index, status]);
  }
}
