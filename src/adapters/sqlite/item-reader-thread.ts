import { parentPort, workerData } from 'node:worker_threads';
import type { BatchAnswer, CallBatch, ItemQuestion } from './item-messages.ts';
import { ItemReads } from './item-reads.ts';

// The thread that reads many items at a time, so that a long page keeps nobody else waiting.

const port = parentPort;
if (!port) throw new Error('this runs as a worker thread');
const reads = new ItemReads(workerData as string);
port.on('message', (questions: CallBatch<ItemQuestion>) => {
  if (questions) return port.postMessage(questions.map(answer) satisfies BatchAnswer);
  reads.close();
  port.close();
});
port.postMessage({ opened: true });

function answer(question: ItemQuestion): { value?: unknown; error?: string } {
  try {
    return { value: reads.answer(question) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
