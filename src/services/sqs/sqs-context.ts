import type { RequestContext } from '../../wire/service.ts';
import type { MessageMoves } from './message-moves.ts';
import type { Members } from './members.ts';
import type { Purges } from './purges.ts';
import type { ReceiveAttempts } from './receive-attempts.ts';
import type { Receivers } from './receivers.ts';
import type { SqsGround } from './sqs-ground.ts';

/** What every operation gets besides its input. */
export interface SqsContext extends SqsGround {
  readonly receivers: Receivers;
  readonly attempts: ReceiveAttempts;
  readonly moves: MessageMoves;
  readonly purges: Purges;
}

/** One operation of SQS, in the JSON protocol's shapes. Throws ServiceErrors with the API's names. */
export type SqsOperation = (sqs: SqsContext, input: Members, context: RequestContext) => Promise<object>;
