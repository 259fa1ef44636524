import { parentPort, workerData } from 'node:worker_threads';
import type { BatchAnswer, CallBatch } from './item-messages.ts';
import type { LogCall } from './log-messages.ts';
import { LogTables, SealedFault } from './log-tables.ts';

// The thread that keeps the records of streams. What arrived while one transaction ran goes into the next one together, and so
// shares a sync (group commit).

const port = parentPort;
if (!port) throw new Error('this runs as a worker thread');
const tables = new LogTables(workerData as string);
port.on('message', (calls: CallBatch<LogCall>) => {
  if (calls) return port.postMessage(run(calls));
  tables.close();
  port.close();
});
port.postMessage({ opened: true });

function run(calls: readonly LogCall[]): BatchAnswer {
  const answers: { value?: unknown; error?: string }[] = [];
  try {
    tables.transaction(() => {
      for (const call of calls) answers.push(attempt(call));
    });
    return answers;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return calls.map(() => ({ error: message }));
  }
}

function attempt(call: LogCall): { value?: unknown; error?: string } {
  try {
    return { value: tables.run(call) };
  } catch (error) {
    if (error instanceof SealedFault) return { error: error.message };
    throw error;
  }
}
