import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What became of the events so far. */
export interface Record {
  /** Events handled at least once. */
  readonly handled: ReadonlySet<string>;
  /** How often an event was handled again, by the kind of its source. */
  readonly duplicates: ReadonlyMap<string, number>;
  /** Events that were handled for the first time before one of their group that was sent earlier. */
  readonly outOfOrder: readonly string[];
}

/**
 * Stands outside the server under test and outlives it: functions tell it each event they handle, as lines of
 * `<kind>/<name>`, or `<kind>/<group>/<number>` for those whose order in the group counts.
 */
export class Recorder implements Record {
  readonly handled = new Set<string>();
  readonly duplicates = new Map<string, number>();
  readonly outOfOrder: string[] = [];
  readonly #server: Server;
  /** The next number of each group that is to be handled. */
  readonly #next = new Map<string, number>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        for (const line of Buffer.concat(pieces).toString().split('\n')) this.#note(line);
        response.end();
      });
    });
  }

  static async start(): Promise<Recorder> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Recorder(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #note(line: string): void {
    const [kind = '', group = '', number] = line.split('/');
    if (this.handled.has(line)) {
      this.duplicates.set(kind, (this.duplicates.get(kind) ?? 0) + 1);
      return;
    }
    this.handled.add(line);
    if (number === undefined) return;
    const expected = this.#next.get(group) ?? 0;
    if (Number(number) !== expected) this.outOfOrder.push(`${line} when ${expected} was next`);
    this.#next.set(group, Math.max(expected, Number(number) + 1));
  }
}
