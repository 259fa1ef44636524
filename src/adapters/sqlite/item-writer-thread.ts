import { parentPort, workerData } from 'node:worker_threads';
import type { BatchAnswer, CallBatch, ItemCall } from './item-messages.ts';
import { ItemTables, Outdated } from './item-tables.ts';

// The thread that writes the file of items. What arrived while one transaction ran goes into the next one together, and so
// shares a sync (group commit).

const port = parentPort;
if (!port) throw new Error('this runs as a worker thread');
const tables = new ItemTables(workerData as string);
port.on('message', (calls: CallBatch<ItemCall>) => {
  if (calls) return port.postMessage(run(calls));
  tables.close();
  port.close();
});
port.postMessage({ opened: true });

function run(calls: readonly ItemCall[]): BatchAnswer {
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

/** A call that comes too late is undone by itself, for it has written nothing; any other fault undoes them all. */
function attempt(call: ItemCall): { value?: unknown; error?: string } {
  try {
    return { value: tables.run(call) };
  } catch (error) {
    if (error instanceof Outdated) return { error: 'outdated' };
    throw error;
  }
}
