import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { TelemetryBuffering, TelemetryDestination } from './subscription.ts';

/** Batches kept for a subscriber that does not take them; more is dropped and counted. */
const KEPT_BATCHES_MAX = 8;
const TRIES_MAX = 3;
const RETRY_MS = 100;
const LOOPBACK = '127.0.0.1';

/** Connects to a port of an environment; rejects when nobody listens there. */
export type Connect = (port: number) => Promise<Socket>;

/** Sends a batch; rejects when the subscriber could not be reached or did not answer with 200. */
type Send = (events: readonly string[]) => Promise<void>;

/**
 * Events on their way to one subscriber: gathered up to its bounds, one batch under way at a time. A subscriber that
 * does not take them costs nobody anything but its own events.
 */
export class TelemetryDelivery {
  readonly #buffering: TelemetryBuffering;
  readonly #clock: Clock;
  readonly #send: Send;
  readonly #end: () => void;
  #events: string[] = [];
  #sizeBytes = 0;
  #timer: Timer | undefined;
  #underWay: Promise<void> | undefined;
  #isClosed = false;
  readonly #dropped = { records: 0, bytes: 0 };

  constructor(destination: TelemetryDestination, buffering: TelemetryBuffering, clock: Clock, connect: Connect) {
    this.#buffering = buffering;
    this.#clock = clock;
    const { send, end } = destination.protocol === 'HTTP' ? byHttp(destination, connect) : byTcp(destination.port, connect);
    this.#send = send;
    this.#end = end;
  }

  /** Takes an event, as JSON text. */
  push(event: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.byteLength(event);
    if (this.#sizeBytes + bytes > this.#buffering.bytesMax * KEPT_BATCHES_MAX) {
      this.#dropped.records += 1;
      this.#dropped.bytes += bytes;
      return;
    }
    this.#events.push(event);
    this.#sizeBytes += bytes;
    if (this.#events.length >= this.#buffering.itemsMax || this.#sizeBytes >= this.#buffering.bytesMax) this.flush();
    else this.#timer ??= this.#clock.setTimeout(() => this.flush(), this.#buffering.timeoutMs);
  }

  /** Sends what has gathered, as soon as the batch before it is through. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#underWay || (this.#events.length === 0 && this.#dropped.records === 0)) return;
    this.#underWay = this.#sendBatch().finally(() => {
      this.#underWay = undefined;
      if (!this.#isClosed && this.#events.length > 0) this.flush();
    });
  }

  /** Sends what is left and resolves when that is through. */
  async drain(): Promise<void> {
    this.flush();
    await this.#underWay;
    this.flush();
    await this.#underWay;
  }

  /** Nothing more is sent. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#end();
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#events.splice(0, this.#buffering.itemsMax);
    this.#sizeBytes = this.#events.reduce((sum, event) => sum + Buffer.byteLength(event), 0);
    if (this.#dropped.records > 0) batch.push(this.#droppedEvent());
    for (let tries = 1; tries <= TRIES_MAX && !this.#isClosed; tries += 1) {
      try {
        await this.#send(batch);
        return;
      } catch {
        // The subscriber may still be opening its port.
        await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, RETRY_MS * tries));
      }
    }
    this.#dropped.records += batch.length;
    this.#dropped.bytes += batch.reduce((sum, event) => sum + Buffer.byteLength(event), 0);
  }

  #droppedEvent(): string {
    const { records: droppedRecords, bytes: droppedBytes } = this.#dropped;
    this.#dropped.records = 0;
    this.#dropped.bytes = 0;
    const reason = 'Consumer seems to have fallen behind as it has not acknowledged receipt of logs.';
    return JSON.stringify({
      time: new Date(this.#clock.now()).toISOString(),
      type: 'platform.logsDropped',
      record: { reason, droppedRecords, droppedBytes },
    });
  }
}

/** To a port of the host's loopback, which environments without a network of their own share. */
export function connectToLoopback(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, LOOPBACK);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

type Opened = (error: Error | null, socket: Duplex) => void;

/** Keeps one connection to the environment. */
class EnvironmentAgent extends Agent {
  readonly #open: () => Promise<Socket>;

  constructor(open: () => Promise<Socket>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#open = open;
  }

  override createConnection(_options: unknown, opened?: Opened): undefined {
    this.#open().then(
      (socket) => opened?.(null, socket),
      (error: Error) => (opened as ((error: Error) => void) | undefined)?.(error),
    );
  }
}

function byHttp(
  { port, path }: { readonly port: number; readonly path: string },
  open: Connect,
): { send: Send; end: () => void } {
  const agent = new EnvironmentAgent(() => open(port));
  const send: Send = (events) =>
    new Promise((resolve, reject) => {
      const body = Buffer.from(`[${events.join(',')}]`);
      const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
      const sent = request({ host: LOOPBACK, port, path, method: 'POST', agent, headers }, (response) => {
        response.resume();
        response.once('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`)),
        );
        response.once('error', reject);
      });
      sent.once('error', reject);
      sent.end(body);
    });
  return { send, end: () => agent.destroy() };
}

function byTcp(port: number, open: Connect): { send: Send; end: () => void } {
  let socket: Socket | undefined;
  let isEnded = false;
  const send: Send = async (events) => {
    if (!socket || socket.destroyed) socket = await open(port);
    const current = socket;
    if (isEnded) current.destroy();
    return new Promise((resolve, reject) => {
      const failed = (): void => reject(new Error('the connection is closed'));
      current.once('close', failed);
      current.write(`${events.join('\n')}\n`, (error) => {
        current.off('close', failed);
        if (error) reject(error);
        else resolve();
      });
    });
  };
  const end = (): void => {
    isEnded = true;
    socket?.destroy();
  };
  return { send, end };
}
