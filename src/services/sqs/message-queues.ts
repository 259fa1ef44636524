import type { MessageAttribute, MessageQueues, OutgoingMessage, ReceivedMessage } from '../../ports/message-queue.ts';
import type { LeasedEvent } from '../../ports/event-queue.ts';
import { attributesMd5, type WireAttribute, type WireAttributes } from './message-attributes.ts';
import type { Members } from './members.ts';
import { numberOf } from './queue-attributes.ts';
import { isFifo, queueOfArn, type QueueRecord } from './queue-records.ts';
import { bodyOf, handleOf, receiveEvents, systemAttributesOf } from './receive.ts';
import { redrivePolicyOf } from './redrive-policy.ts';
import { type KeptMessage, md5, outgoingMessage } from './send.ts';
import { changeVisibilityByHandle, deleteByHandles } from './settle.ts';
import type { SqsContext } from './sqs-context.ts';
import { queueDoesNotExist } from './sqs-errors.ts';

/** The embedded queues for the rest of the server. Messages that it sends have the queue's account as their sender. */
export function messageQueues(sqs: SqsContext): MessageQueues {
  const existing = async (arn: string): Promise<QueueRecord> => {
    const queue = await queueOfArn(sqs.store, arn);
    if (!queue) throw queueDoesNotExist();
    return queue;
  };
  return {
    describe: async (arn) => {
      const queue = await existing(arn);
      const policy = redrivePolicyOf(queue);
      return {
        visibilityTimeoutSeconds: numberOf(queue, 'VisibilityTimeout'),
        fifo: isFifo(queue),
        ...(policy ? { maxReceiveCount: policy.maxReceiveCount } : {}),
      };
    },
    send: async (arn, message) => {
      const queue = await existing(arn);
      const { event } = outgoingMessage(sqs, queue, inputOf(message), { account: queue.account });
      const [enqueued] = await sqs.queue.enqueue([event]);
      return enqueued?.id ?? event.id;
    },
    receive: async (arn, request) => {
      const queue = await existing(arn);
      const seconds = request.visibilityTimeoutSeconds ?? numberOf(queue, 'VisibilityTimeout');
      const { countMax, waitMs, signal } = request;
      const events = await receiveEvents(sqs, queue, { countMax, waitMs, signal, visibilityTimeoutMs: seconds * 1_000 });
      const receivedAtMs = sqs.clock.now();
      return events.map((event) => receivedMessage(event, receivedAtMs));
    },
    delete: async (arn, handles) => deleteByHandles(sqs, await existing(arn), handles),
    changeVisibility: async (arn, handles, visibilityTimeoutSeconds) => {
      const queue = await existing(arn);
      await Promise.all(handles.map((handle) => changeVisibilityByHandle(sqs, queue, handle, visibilityTimeoutSeconds)));
    },
  };
}

function inputOf(message: OutgoingMessage): Members {
  const attributes = Object.entries(message.messageAttributes ?? {}).map(([name, attribute]) => [name, toWire(attribute)]);
  return {
    MessageBody: message.body,
    MessageAttributes: Object.fromEntries(attributes) as WireAttributes,
    ...(message.traceHeader === undefined
      ? {}
      : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: message.traceHeader } } }),
    DelaySeconds: message.delaySeconds,
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
  };
}

function toWire({ dataType, stringValue, binaryValue }: MessageAttribute): WireAttribute {
  return {
    DataType: dataType,
    ...(stringValue === undefined ? {} : { StringValue: stringValue }),
    ...(binaryValue === undefined ? {} : { BinaryValue: Buffer.from(binaryValue).toString('base64') }),
  };
}

function fromWire({ DataType, StringValue, BinaryValue }: WireAttribute): MessageAttribute {
  return {
    dataType: DataType,
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue, 'base64') }),
  };
}

function receivedMessage(event: LeasedEvent, receivedAtMs: number): ReceivedMessage {
  const attributes = (event.attributes as KeptMessage).attributes ?? {};
  const digest = attributesMd5(attributes);
  return {
    messageId: event.id,
    receiptHandle: handleOf(event, receivedAtMs),
    body: bodyOf(event),
    md5OfBody: md5(event.payload),
    attributes: systemAttributesOf(event),
    messageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, fromWire(attribute)])),
    ...(digest === undefined ? {} : { md5OfMessageAttributes: digest }),
  };
}
