import { parseFunctionName } from '../../model/arn.ts';
import { schedulerInput } from '../../model/event-transform/scheduler-input.ts';
import { ServiceError } from '../../model/service-error.ts';
import type { EventTargets } from '../../ports/event-target.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker } from '../../ports/invoker.ts';
import type { MessageQueues } from '../../ports/message-queue.ts';
import type { TopicPublisher } from '../../ports/topic-publisher.ts';
import { scheduleArn } from './schedule-records.ts';
import { type RunAttributes, secondOf } from './schedule-run.ts';
import { isUniversal, targetKindOf } from './target-kind.ts';
import { readUniversalRequest, type UniversalRequest } from './universal-request.ts';

/** What running targets needs. Whether the schedule's role may do it is not looked at. */
export interface RunTargets {
  readonly targets: EventTargets;
  readonly queues: MessageQueues;
  readonly topics: TopicPublisher;
  readonly invoker: Invoker;
  readonly ids: Ids;
}

/** A run's input with its context attributes filled in. */
export function filledInput(attributes: RunAttributes, input: string): string {
  const { executionId, dueMs, failures } = attributes;
  return schedulerInput(input, {
    scheduleArn: scheduleArn(attributes),
    scheduledTime: secondOf(dueMs),
    executionId,
    attemptNumber: failures + 1,
  });
}

/**
 * Runs a schedule's target once. Resolves when the target has it durably; a function that is called by `lambda:invoke` with
 * an answer, when it has answered, however it ended. Rejects as {@link EventTargets} does, and with UniversalRequestError.
 */
export async function deliverRun(dependencies: RunTargets, attributes: RunAttributes, input: string): Promise<void> {
  const { account, region, target } = attributes;
  const body = filledInput(attributes, input);
  const kind = targetKindOf(target.Arn);
  // Targets are checked when they are put; this one was taken by another version of the program.
  if (kind === undefined)
    throw new ServiceError({ code: 'ValidationException', status: 400, message: `${target.Arn} is no target` });
  if (isUniversal(kind)) return callAction(dependencies, attributes, readUniversalRequest(kind, body));
  const { SqsParameters, EventBridgeParameters } = target;
  await dependencies.targets.deliver({
    targetArn: target.Arn,
    account,
    region,
    body,
    ...(SqsParameters?.MessageGroupId === undefined ? {} : { messageGroupId: SqsParameters.MessageGroupId }),
    ...(EventBridgeParameters === undefined
      ? {}
      : {
          event: {
            source: EventBridgeParameters.Source,
            detailType: EventBridgeParameters.DetailType,
            resources: [scheduleArn(attributes)],
          },
        }),
  });
}

async function callAction(dependencies: RunTargets, attributes: RunAttributes, request: UniversalRequest): Promise<void> {
  switch (request.action) {
    case 'lambda:invoke':
      return callFunction(dependencies, attributes, request);
    case 'sqs:sendMessage': {
      const { QueueUrl, MessageBody, DelaySeconds, MessageAttributes, MessageGroupId, MessageDeduplicationId } = request;
      await dependencies.queues.send(queueArnOf(QueueUrl, attributes), {
        body: MessageBody,
        ...(DelaySeconds === undefined ? {} : { delaySeconds: DelaySeconds }),
        ...(MessageAttributes === undefined ? {} : { messageAttributes: MessageAttributes }),
        ...(MessageGroupId === undefined ? {} : { groupId: MessageGroupId }),
        ...(MessageDeduplicationId === undefined ? {} : { deduplicationId: MessageDeduplicationId }),
      });
      return undefined;
    }
    case 'sns:publish': {
      const { TopicArn, Message, Subject, MessageAttributes = {} } = request;
      const texts = Object.entries(MessageAttributes).map(([name, { dataType, stringValue = '' }]): [string, string | number] => [
        name,
        dataType === 'Number' ? Number(stringValue) : stringValue,
      ]);
      await dependencies.topics.publish(TopicArn, {
        body: Message,
        attributes: Object.fromEntries(texts),
        ...(Subject === undefined ? {} : { subject: Subject }),
      });
      return undefined;
    }
  }
}

async function callFunction(
  { invoker, ids }: RunTargets,
  { account, region }: RunAttributes,
  { FunctionName, InvocationType, Payload = '', Qualifier }: UniversalRequest & { readonly action: 'lambda:invoke' },
): Promise<void> {
  const name = parseFunctionName(FunctionName, Qualifier, { account, region });
  const request = { ...name, requestId: ids.uuid(), payload: Buffer.from(Payload) };
  if (InvocationType === 'DryRun') return invoker.dryRun(request);
  if (InvocationType === 'Event') return invoker.accept(request);
  await invoker.invoke(request);
}

/** The queue of a URL that any client may have written: its last two parts are the account and the name. */
function queueArnOf(url: string, { region }: RunAttributes): string {
  const [, host = '', account, name] = /^https?:\/\/([^/]+)\/(?:[^?#]*\/)?(\d{12})\/([\w-]+(?:\.fifo)?)\/?$/.exec(url) ?? [];
  if (account === undefined || name === undefined)
    throw new ServiceError({
      code: 'InvalidAddress',
      status: 400,
      message: `The address ${url} is not valid for this endpoint.`,
    });
  const [, named = region] = /^(?:sqs\.([a-z0-9-]+)|([a-z0-9-]+)\.queue)\.amazonaws\.com/.exec(host) ?? [];
  return `arn:aws:sqs:${named}:${account}:${name}`;
}
