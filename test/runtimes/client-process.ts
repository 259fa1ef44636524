import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';

/** A frame of a client, its numbers turned into the names of `runtimes/PROTOCOL.md`. */
export interface Frame {
  readonly type: string;
  readonly head: Record<string, unknown>;
  readonly payload: Buffer;
}

/** How to run a client on this machine. */
export interface ClientCommand {
  readonly argv: readonly [string, ...string[]];
  /** Variables, made for the folder that holds the function's code. */
  readonly env: (taskDirectory: string) => Readonly<Record<string, string>>;
}

/** The event and what comes with it. */
export interface Event {
  readonly payload: string | Buffer;
  readonly head?: Readonly<Record<string, unknown>>;
}

const NAMES: Readonly<Record<number, string>> = {
  0x11: 'RESPONSE_NEXT',
  0x12: 'ERROR_NEXT',
  0x13: 'INIT_ERROR',
  0x14: 'READY',
  0x15: 'RESPONSE',
  0x16: 'ERROR',
  0x17: 'NEXT',
  0x18: 'TOO_LARGE',
  0x19: 'STREAM_START',
  0x1a: 'STREAM_PIECE',
  0x1b: 'STREAM_END_NEXT',
  0x1c: 'STREAM_END',
};
export const REQUEST_ID = '8f507cfc-xmpl-4697-b07a-ac58fc914c95';
export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:thumbnails';

/** A runtime client with no sandbox around it; the test plays the server at the other end of descriptor 3. */
export class ClientProcess {
  readonly taskDirectory: string;
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  readonly #closed: Promise<unknown>;
  #received = Buffer.alloc(0);
  #arrived: () => void = () => {};
  #output = '';

  /** Writes the function's files and starts the client on them. */
  constructor(
    command: ClientCommand,
    files: Readonly<Record<string, string>>,
    handler: string,
    env: Readonly<Record<string, string>> = {},
  ) {
    this.taskDirectory = mkdtempSync(join(tmpdir(), 'lambkin-client-'));
    // As in a data directory: what lies around it decides nothing.
    writeFileSync(join(this.taskDirectory, 'package.json'), '{}');
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.taskDirectory, name)), { recursive: true });
      writeFileSync(join(this.taskDirectory, name), text);
    }
    const [program, ...args] = command.argv;
    this.#child = spawn(program, args, {
      cwd: this.taskDirectory,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...command.env(this.taskDirectory),
        _HANDLER: handler,
        LAMBDA_TASK_ROOT: this.taskDirectory,
        _LAMBKIN_CHANNEL_FD: '3',
        ...env,
      },
    });
    this.#channel = this.#child.stdio[3] as Duplex;
    this.#channel.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#arrived();
    });
    this.#channel.on('end', () => this.#arrived());
    this.#channel.on('error', () => this.#arrived());
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    this.#closed = once(this.#child, 'close');
  }

  /** The next frame; undefined when the client has ended without one. */
  async frame(): Promise<Frame | undefined> {
    for (;;) {
      const length = this.#received.length >= 4 ? this.#received.readUInt32BE(0) : Number.POSITIVE_INFINITY;
      if (this.#received.length - 4 >= length) {
        const frame = this.#received.subarray(4, 4 + length);
        this.#received = this.#received.subarray(4 + length);
        return decode(frame);
      }
      if (this.#channel.readableEnded || this.#channel.destroyed) return undefined;
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
  }

  /** Sends an event and resolves with the answer; the frames of a stream as one, with all its bytes or the error at its end. */
  async invoke(event: Event): Promise<Frame | undefined> {
    this.send(event);
    const first = await this.frame();
    if (first?.type !== 'STREAM_START') return first;
    const pieces: Buffer[] = [];
    for (let next = await this.frame(); next; next = await this.frame()) {
      if (next.type !== 'STREAM_PIECE') {
        const payload = next.head['type'] === undefined ? Buffer.concat(pieces) : next.payload;
        return { type: next.type, head: { ...first.head, ...next.head }, payload };
      }
      pieces.push(next.payload);
    }
    return undefined;
  }

  /** Sends an event. */
  send(event: Event): void {
    const head = Buffer.from(
      JSON.stringify({ id: REQUEST_ID, deadlineMs: Date.now() + 3_000, arn: FUNCTION_ARN, ...event.head }),
    );
    const payload = Buffer.from(event.payload);
    const lengths = Buffer.alloc(9);
    lengths.writeUInt32BE(5 + head.length + payload.length, 0);
    lengths[4] = 0x01;
    lengths.writeUInt32BE(head.length, 5);
    this.#channel.write(Buffer.concat([lengths, head, payload]));
  }

  /** Closes the server's end, waits for the client to end and resolves with its exit status and everything it printed. */
  async end(): Promise<{ readonly exitCode: number | null; readonly output: string }> {
    this.#channel.destroy();
    await this.#closed;
    return { exitCode: this.#child.exitCode, output: this.#output };
  }

  /** Ends it for good and removes its files. Safe to call at any time. */
  dispose(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.taskDirectory, { recursive: true, force: true });
  }
}

function decode(frame: Buffer): Frame {
  const type = NAMES[frame[0] ?? 0] ?? `unknown ${frame[0]}`;
  // A piece of a stream has no head.
  if (type === 'STREAM_PIECE') return { type, head: {}, payload: frame.subarray(1) };
  if (frame.length === 1) return { type, head: {}, payload: Buffer.alloc(0) };
  const headLength = frame.readUInt32BE(1);
  const head = headLength === 0 ? {} : (JSON.parse(frame.toString('utf8', 5, 5 + headLength)) as Record<string, unknown>);
  return { type, head, payload: frame.subarray(5 + headLength) };
}
