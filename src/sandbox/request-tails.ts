import { LOG_TAIL_BYTES_MAX } from '../model/limits.ts';
import type { LogRecord, LogSink, LogStreamName } from '../ports/log-sink.ts';
import { LogTail } from './log-tail.ts';

/**
 * Keeps the tails of several invocations that log to one stream: a record belongs to the invocation whose id is in it,
 * as it is in every structured record. Passes everything on.
 */
export class RequestTails implements LogSink {
  readonly #sink: LogSink;
  readonly #tails = new Map<string, LogTail>();

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  /** From now on the tail of this invocation is kept. */
  begin(requestId: string): void {
    this.#tails.set(requestId, new LogTail(LOG_TAIL_BYTES_MAX));
  }

  /** The invocation is over; its tail, if it was kept. */
  finish(requestId: string): Uint8Array | undefined {
    const tail = this.#tails.get(requestId);
    this.#tails.delete(requestId);
    return tail?.bytes();
  }

  write(stream: LogStreamName, records: readonly LogRecord[]): void {
    if (this.#tails.size > 0)
      for (const { message } of records)
        for (const [requestId, tail] of this.#tails) if (message.includes(requestId)) tail.add(message);
    this.#sink.write(stream, records);
  }

  flush(): Promise<void> {
    return this.#sink.flush();
  }
}
