import { parentPort, workerData } from 'node:worker_threads';
import type { ItemQuestion } from './item-messages.ts';
import { ItemReads } from './item-reads.ts';
import { packPage } from './packed-page.ts';
import type { BatchAnswer, CallBatch } from './thread-calls.ts';

// The thread that reads many items at a time, so that a long page keeps nobody else waiting.

const port = parentPort;
if (!port) throw new Error('this runs as a worker thread');
const reads = new ItemReads(workerData as string);
port.on('message', (questions: CallBatch<ItemQuestion>) => {
  if (questions) {
    const memory: ArrayBuffer[] = [];
    const answers: BatchAnswer = questions.map((question) => answer(question, memory));
    return port.postMessage(answers, memory);
  }
  reads.close();
  port.close();
});
port.postMessage({ opened: true });

/** `memory` gets what is handed over instead of being copied. */
function answer(question: ItemQuestion, memory: ArrayBuffer[]): { value?: unknown; error?: string } {
  try {
    const value = reads.answer(question);
    if (!('items' in value) || !('isEnd' in value) || !('request' in question)) return { value };
    const page = packPage('table' in question.request ? question.request.table : '', value);
    memory.push(page.bytes.buffer, page.lengths.buffer, page.revisions.buffer);
    return { value: page };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
