import type { Readable } from 'node:stream';
import { LOG_EVENT_BYTES_MAX, LOG_TAIL_BYTES_MAX } from '../model/limits.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { LogRecord, LogSink, LogStreamName } from '../ports/log-sink.ts';
import { LogTail } from './log-tail.ts';

/** Longest wait for output that a runtime said it had written. */
const OUTPUT_WAIT_MS = 250;
const NEWLINE = 0x0a;

/** Turns one raw output line into the message to be kept; undefined drops it. */
export type LineFormat = (line: string, requestId: string | undefined, timeMs: number) => string | undefined;

/** Hears of every line as it was printed: by the function or by its extensions. */
export type OutputTap = (category: 'function' | 'extension', timeMs: number, line: string) => void;

interface OutputWait {
  readonly target: number;
  readonly done: () => void;
  readonly timer: Timer;
}

/**
 * Everything one environment logs: the platform's lines and what its processes print, in one order, to one log
 * stream, with the tail of the invocation in progress kept aside for whoever asked for it.
 */
export class OutputCapture {
  readonly #sink: LogSink;
  readonly #stream: LogStreamName;
  readonly #clock: Clock;
  readonly #format: LineFormat;
  #requestId: string | undefined;
  #tail: LogTail | undefined;
  #receivedBytes = 0;
  #wait: OutputWait | undefined;
  /** The unfinished last line of each output. */
  readonly #partials = new Map<Readable, Buffer>();
  #companions: Readable | undefined;
  /** Set for as long as somebody wants to hear. */
  tap: OutputTap | undefined;

  constructor(sink: LogSink, stream: LogStreamName, clock: Clock, format: LineFormat) {
    this.#sink = sink;
    this.#stream = stream;
    this.#clock = clock;
    this.#format = format;
  }

  /** Follows the output of a newly started process, and of what runs beside it. Byte counts begin anew. */
  attach(stdout: Readable, stderr: Readable, companions?: Readable): void {
    this.#receivedBytes = 0;
    this.#partials.clear();
    this.#companions = companions;
    for (const output of [stdout, stderr, ...(companions ? [companions] : [])]) this.#follow(output);
  }

  /** A whole record that the runtime has framed by itself; it may hold newlines. */
  record(source: Readable, message: Buffer): void {
    const records: Buffer[] = [];
    pushSplit(records, message.at(-1) === NEWLINE ? message.subarray(0, -1) : message);
    this.#emit(source, records);
  }

  /** From now on lines belong to this invocation. */
  begin(requestId: string, keepTail: boolean): void {
    this.#requestId = requestId;
    this.#tail = keepTail ? new LogTail(LOG_TAIL_BYTES_MAX) : undefined;
  }

  /** No more output of the invocation is expected: a line left unfinished is written as it is. */
  flush(): void {
    for (const [output, partial] of this.#partials) {
      this.#partials.delete(output);
      this.#emit(output, [partial]);
    }
  }

  /** The invocation is over; returns its tail if it was kept. */
  finish(): Uint8Array | undefined {
    const tail = this.#tail?.bytes();
    this.#requestId = undefined;
    this.#tail = undefined;
    return tail;
  }

  /** Writes lines of the platform's own; undefined ones don't appear. */
  platform(timeMs: number, ...lines: readonly (string | undefined)[]): void {
    const records: LogRecord[] = [];
    for (const line of lines) if (line !== undefined) records.push({ timestampMs: timeMs, message: line });
    this.#keep(records);
  }

  /**
   * Calls `done` when the output written so far has arrived. A runtime of ours says how many bytes that is; with any
   * other two turns of the event loop are waited, in which everything that is already in the pipes gets read.
   */
  settle(outputBytes: number | undefined, done: () => void): void {
    if (outputBytes === undefined) {
      setImmediate(() => setImmediate(done));
      return;
    }
    if (this.#receivedBytes >= outputBytes) {
      done();
      return;
    }
    // A bound on the wait: a process of the function may have closed or taken the descriptor.
    const timer = this.#clock.setTimeout(() => this.#endWait(), OUTPUT_WAIT_MS);
    this.#wait = { target: outputBytes, done, timer };
  }

  #endWait(): void {
    const wait = this.#wait;
    this.#wait = undefined;
    wait?.timer.cancel();
    wait?.done();
  }

  #follow(output: Readable): void {
    output.on('data', (chunk: Buffer) => {
      // The runtime counts its own bytes only.
      if (output !== this.#companions) this.#receivedBytes += chunk.length;
      const partial = this.#partials.get(output);
      const rest = this.#lines(output, partial ? Buffer.concat([partial, chunk]) : chunk);
      if (rest.length > 0) this.#partials.set(output, rest);
      else this.#partials.delete(output);
      if (this.#wait && this.#receivedBytes >= this.#wait.target) this.#endWait();
    });
    output.on('error', () => {});
  }

  /** Emits the whole lines of `data` and returns what is left of the last one. */
  #lines(output: Readable, data: Buffer): Buffer {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      pushSplit(lines, data.subarray(start, end));
      start = end + 1;
    }
    while (data.length - start >= LOG_EVENT_BYTES_MAX) {
      lines.push(data.subarray(start, start + LOG_EVENT_BYTES_MAX));
      start += LOG_EVENT_BYTES_MAX;
    }
    this.#emit(output, lines);
    return start === data.length ? Buffer.alloc(0) : Buffer.from(data.subarray(start));
  }

  #emit(output: Readable, lines: readonly Buffer[]): void {
    if (lines.length === 0) return;
    const timestampMs = this.#clock.now();
    const records: LogRecord[] = [];
    for (const line of lines) {
      const text = line.toString('utf8');
      this.tap?.(output === this.#companions ? 'extension' : 'function', timestampMs, text);
      const message = this.#format(text, this.#requestId, timestampMs);
      if (message !== undefined) records.push({ timestampMs, message });
    }
    this.#keep(records);
  }

  #keep(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    if (this.#tail) for (const record of records) this.#tail.add(record.message);
    this.#sink.write(this.#stream, records);
  }
}

function pushSplit(lines: Buffer[], line: Buffer): void {
  for (let start = 0; start === 0 || start < line.length; start += LOG_EVENT_BYTES_MAX) {
    lines.push(line.subarray(start, start + LOG_EVENT_BYTES_MAX));
  }
}
