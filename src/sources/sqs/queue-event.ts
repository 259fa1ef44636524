import type { MessageAttribute, ReceivedMessage } from '../../ports/message-queue.ts';

/** An attribute as functions get it; the lists are always empty. */
interface RecordAttribute {
  readonly stringValue?: string;
  readonly binaryValue?: string;
  readonly stringListValues: readonly never[];
  readonly binaryListValues: readonly never[];
  readonly dataType: string;
}

/** One message as functions get it. Source: Lambda developer guide, "Using Lambda with Amazon SQS". */
export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, RecordAttribute>>;
  readonly md5OfMessageAttributes?: string | null;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/**
 * The record of a message. Without attributes `md5OfMessageAttributes` is left out, or null where batches are waited for, as
 * Lambda does.
 */
export function queueRecordOf(message: ReceivedMessage, queueArn: string, hasWindow: boolean): QueueRecord {
  const md5 = message.md5OfMessageAttributes ?? (hasWindow ? null : undefined);
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.attributes,
    messageAttributes: Object.fromEntries(
      Object.entries(message.messageAttributes).map(([name, attribute]) => [name, attributeOf(attribute)]),
    ),
    ...(md5 === undefined ? {} : { md5OfMessageAttributes: md5 }),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}

function attributeOf({ dataType, stringValue, binaryValue }: MessageAttribute): RecordAttribute {
  return {
    ...(stringValue === undefined ? {} : { stringValue }),
    ...(binaryValue === undefined ? {} : { binaryValue: Buffer.from(binaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType,
  };
}
