import type { InvokePermission } from '../../../ports/function-directory.ts';
import type { Invoker } from '../../../ports/invoker.ts';
import { type SubscriptionName, topicArn } from '../records.ts';
import type { PublishedMessage } from './delivery-queue.ts';
import { type EnvelopeDependencies, lambdaEvent } from './envelope.ts';
import { DELIVERED, type Outcome } from './outcome.ts';

/** What invoking needs. */
export interface FunctionDependencies extends EnvelopeDependencies {
  readonly permission: InvokePermission;
  readonly accept: Invoker['accept'];
}

/**
 * Queues an asynchronous invoke, if the function's own policy lets SNS do so. `deliveryId` is the event's id, so that a
 * delivery that is made twice in a row runs once.
 */
export async function invokeFunction(
  dependencies: FunctionDependencies,
  deliveryId: string,
  subscription: SubscriptionName,
  functionArn: string,
  message: PublishedMessage,
): Promise<Outcome> {
  const verdict = await dependencies.permission.check({
    functionArn,
    principal: 'sns.amazonaws.com',
    sourceArn: topicArn(subscription),
    sourceAccount: subscription.account,
  });
  if (verdict === 'absent') return { kind: 'refused', reason: 'the function does not exist' };
  if (verdict === 'denied')
    return { kind: 'refused', reason: 'the policy of the function does not let sns.amazonaws.com invoke it' };
  const [, , , region = '', account = '', , functionName = '', qualifier] = functionArn.split(':');
  await dependencies.accept({
    account,
    region,
    functionName,
    ...(qualifier === undefined ? {} : { qualifier }),
    requestId: deliveryId,
    payload: Buffer.from(JSON.stringify(await lambdaEvent(dependencies, subscription, message))),
    ...(message.traceHeader === undefined ? {} : { traceHeader: message.traceHeader }),
  });
  return DELIVERED;
}
