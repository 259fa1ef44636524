import { parentPort } from 'node:worker_threads';
import type { BatchAnswer, CallBatch } from './thread-calls.ts';

/** Tables that one thread writes. */
interface WrittenTables<Call> {
  /** Runs the work and makes all of it durable at once, or undoes it. */
  transaction(work: () => void): void;
  run(call: Call): unknown;
  close(): void;
}

/**
 * The main loop of a thread that writes a file, for {@link ThreadCalls}: what arrived while one transaction ran goes into the next
 * one together, and so shares a sync (group commit). `refusalOf` tells what a call is answered that refuses by itself and has
 * written nothing; any other fault undoes the calls of its transaction and is the answer to all of them.
 */
export function serveWrites<Call>(tables: WrittenTables<Call>, refusalOf: (error: unknown) => string | undefined): void {
  const port = parentPort;
  if (!port) throw new Error('this runs as a worker thread');
  const attempt = (call: Call): BatchAnswer[number] => {
    try {
      return { value: tables.run(call) };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return { error: refusal };
    }
  };
  port.on('message', (calls: CallBatch<Call>) => {
    if (calls) return port.postMessage(runAll(tables, calls, attempt));
    tables.close();
    port.close();
  });
  port.postMessage({ opened: true });
}

function runAll<Call>(
  tables: WrittenTables<Call>,
  calls: readonly Call[],
  attempt: (call: Call) => BatchAnswer[number],
): BatchAnswer {
  let answers: BatchAnswer = [];
  try {
    tables.transaction(() => {
      answers = calls.map(attempt);
    });
    return answers;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return calls.map(() => ({ error: message }));
  }
}
