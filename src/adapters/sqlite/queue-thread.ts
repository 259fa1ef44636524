import { randomUUID } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { QueueAnswer, QueueRequest } from './queue-messages.ts';
import { QueueTables } from './queue-tables.ts';

// The thread that owns the queue's file: a sync to disk here keeps no invocation waiting. Everything that has arrived
// when one transaction ends goes into the next one, so that all of it shares a sync (group commit).

const port = parentPort;
if (!port) throw new Error('this runs as a worker thread');
const tables = new QueueTables(workerData as string, randomUUID);
let arrived: QueueRequest[] = [];

port.on('message', (request: QueueRequest) => {
  arrived.push(request);
  if (arrived.length === 1) setImmediate(runAll);
});
port.postMessage({ opened: true });

function runAll(): void {
  const requests = arrived;
  arrived = [];
  const answers: QueueAnswer[] = [];
  try {
    tables.transaction(() => {
      for (const request of requests) answers.push({ number: request.number, value: run(request) });
    }, requests.every(isLazy));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port?.postMessage(requests.map(({ number }) => ({ number, error: message })));
    return;
  }
  port?.postMessage(answers);
  if (requests.some((request) => request.call === 'close')) {
    tables.close();
    port?.close();
  }
}

/** A lease that a power cut undoes is handed out again, as after its end; everything else has been promised when it is answered. */
function isLazy(request: QueueRequest): boolean {
  const { call } = request;
  return call === 'lease' || call === 'counts' || call === 'next' || (call === 'ack' && request.lazily);
}

function run(request: QueueRequest): unknown {
  const { nowMs } = request;
  switch (request.call) {
    case 'enqueue':
      return tables.enqueue(request.events, nowMs);
    case 'lease':
      return tables.lease(request.queue, request.countMax, request.visibleForMs, nowMs, request.rules);
    case 'ack':
      return tables.ack(request.leases, nowMs, request.late);
    case 'move':
      return tables.move(request.queue, request.target, request.countMax, nowMs);
    case 'expire':
      return tables.expire(request.queue, request.enqueuedUntilMs);
    case 'retry':
      return tables.retry(request.retries, nowMs);
    case 'extend':
      return tables.extend(request, request.visibleForMs, nowMs);
    case 'counts':
      return tables.counts(request.queue, nowMs);
    case 'next':
      return tables.nextVisibleAtMs(request.queue, request.afterMs);
    case 'purge':
      return tables.purge(request.queue);
    case 'close':
      return undefined;
  }
}
