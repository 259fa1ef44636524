import type { MessageQueues } from '../../ports/message-queue.ts';
import { awsJsonService } from '../../wire/aws-json/aws-json-service.ts';
import { SQS_OPERATIONS } from '../../wire/generated/sqs.ts';
import { queryService } from '../../wire/query/query-service.ts';
import type { Service } from '../../wire/service.ts';
import { sqsFidelityChecks } from './fidelity-checks.ts';
import { messageQueues } from './message-queues.ts';
import { MessageMoves } from './message-moves.ts';
import { Purges } from './purges.ts';
import { ReceiveAttempts } from './receive-attempts.ts';
import { Receivers } from './receivers.ts';
import { Retention } from './retention.ts';
import type { SqsContext } from './sqs-context.ts';
import type { SqsGround } from './sqs-ground.ts';
import { formHandlers, jsonHandlers } from './sqs-operations.ts';

/** SQS on one port. */
export interface Sqs {
  readonly service: Service;
  /** The same queues for the rest of the server. */
  readonly queues: MessageQueues;
  /** Begins to remove what is too old. */
  start(): void;
  /** Ends all waiting for messages, at once. What comes later is answered without waiting. */
  close(): void;
}

/** A message of 1 MiB in a form, where a byte may take three. */
const FORM_BYTES_MAX = 6_291_456;

/** SQS over the server's event queue; queues themselves are documents of the store. Both belong to the caller. */
export function createSqs(ground: SqsGround): Sqs {
  const sqs: SqsContext = {
    ...ground,
    receivers: new Receivers(ground.queue, ground.clock),
    attempts: new ReceiveAttempts(ground.clock),
    moves: new MessageMoves(ground),
    purges: new Purges(ground.clock),
  };
  const retention = new Retention(ground);
  return {
    service: serve(sqs),
    queues: messageQueues(sqs),
    start: () => retention.start(),
    close: () => {
      retention.close();
      sqs.moves.close();
      sqs.receivers.close();
    },
  };
}

/** JSON where there is a target, a form where there is none. A client that goes away waits for nothing. */
function serve(sqs: SqsContext): Service {
  const fidelity = sqsFidelityChecks(sqs.logger);
  const json = awsJsonService({
    name: 'sqs',
    targetPrefix: 'AmazonSQS.',
    operations: SQS_OPERATIONS,
    handlers: jsonHandlers(sqs),
    fidelity: fidelity.json,
    contentType: 'application/x-amz-json-1.0',
    logger: sqs.logger,
  });
  const form = queryService({
    name: 'sqs',
    version: '2012-11-05',
    namespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
    operations: SQS_OPERATIONS,
    handlers: formHandlers(sqs),
    fidelity: fidelity.form,
    bodyBytesMax: FORM_BYTES_MAX,
    logger: sqs.logger,
  });
  return {
    name: 'sqs',
    handle: async (request, response, context) => {
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const inner = request.headers['x-amz-target'] === undefined ? form : json;
      await inner.handle(request, response, { ...context, signal: gone.signal });
    },
  };
}
