import { lambdaError } from '../model/lambda-errors.ts';
import type { EventTargets, TargetDelivery } from '../ports/event-target.ts';
import type { Ids } from '../ports/ids.ts';
import type { Invoker } from '../ports/invoker.ts';
import type { MessageAttribute, MessageQueues } from '../ports/message-queue.ts';
import type { ObjectWriter } from '../ports/object-writer.ts';
import type { TopicPublisher } from '../ports/topic-publisher.ts';

/** What stands behind the ARNs. */
export interface EventTargetDependencies {
  readonly accept: Invoker['accept'];
  readonly objects: ObjectWriter;
  /** Undefined where there are no queues. */
  readonly queues?: MessageQueues;
  /** Undefined where there are no topics. */
  readonly topics?: Pick<TopicPublisher, 'publish'>;
  /** Event buses; undefined where there are none. */
  readonly buses?: EventTargets;
  readonly ids: Ids;
}

/**
 * Delivers by the service of the target's ARN: functions get the body as an asynchronous event, buckets as an object,
 * queues and topics as a message, buses as the detail of an event. Other services are refused by name with
 * NotImplementedException. Whether the sender may do it is not looked at.
 */
export function createEventTargets(dependencies: EventTargetDependencies): EventTargets {
  return {
    async deliver(delivery) {
      const service = delivery.targetArn.startsWith('kafka://') ? 'kafka' : (delivery.targetArn.split(':')[2] ?? '');
      switch (service) {
        case 'lambda':
          return toFunction(dependencies, delivery);
        case 's3':
          return toBucket(dependencies, delivery);
        case 'sqs':
          return toQueue(dependencies, delivery);
        case 'sns':
          return toTopic(dependencies, delivery);
        case 'events':
          if (dependencies.buses === undefined) throw notThere(service, delivery);
          return dependencies.buses.deliver(delivery);
        default:
          throw notThere(service, delivery);
      }
    },
  };
}

async function toFunction({ accept, ids }: EventTargetDependencies, delivery: TargetDelivery): Promise<void> {
  const [, , , region = '', account = '', , functionName = '', qualifier] = delivery.targetArn.split(':');
  await accept({
    account,
    region,
    functionName,
    ...(qualifier === undefined ? {} : { qualifier }),
    requestId: ids.uuid(),
    payload: Buffer.from(delivery.body),
    ...traceOf(delivery),
  });
}

async function toBucket({ objects, ids }: EventTargetDependencies, delivery: TargetDelivery): Promise<void> {
  const [bucket = ''] = delivery.targetArn.split(':').slice(5);
  await objects.write({
    bucket,
    key: delivery.objectKey ?? ids.uuid(),
    body: Buffer.from(delivery.body),
    contentType: 'application/json',
    ...traceOf(delivery),
  });
}

async function toQueue({ queues }: EventTargetDependencies, delivery: TargetDelivery): Promise<void> {
  if (queues === undefined) throw notThere('sqs', delivery);
  const { targetArn, body, attributes, messageGroupId: groupId } = delivery;
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, value]): [string, MessageAttribute] => [
      name,
      { dataType: typeof value === 'number' ? 'Number' : 'String', stringValue: String(value) },
    ]),
  );
  const group = groupId === undefined ? {} : { groupId };
  await queues.send(targetArn, { body, ...(attributes ? { messageAttributes } : {}), ...group, ...traceOf(delivery) });
}

async function toTopic({ topics }: EventTargetDependencies, delivery: TargetDelivery): Promise<void> {
  if (topics === undefined) throw notThere('sns', delivery);
  const { targetArn, body, attributes, subject } = delivery;
  const about = subject === undefined ? {} : { subject };
  await topics.publish(targetArn, { body, ...about, ...(attributes ? { attributes } : {}), ...traceOf(delivery) });
}

function traceOf({ traceHeader }: TargetDelivery): { readonly traceHeader?: string } {
  return traceHeader === undefined ? {} : { traceHeader };
}

function notThere(service: string, { targetArn }: TargetDelivery): Error {
  return lambdaError('NotImplementedException', `lambkin can not deliver to ${service} yet: ${targetArn}`);
}
