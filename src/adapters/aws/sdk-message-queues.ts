import type { MessageAttributeValue, Message, SQS, SQSClientConfig } from '@aws-sdk/client-sqs';
import type {
  MessageAttribute,
  MessageQueues,
  OutgoingMessage,
  QueueDescription,
  ReceivedMessage,
  ReceiveRequest,
} from '../../ports/message-queue.ts';
import { type QueueEndpoint, type RegionClients, SqsClients } from './sqs-clients.ts';
import { asPortError, isQueueMissing } from './sqs-refusals.ts';

/** What a call of the SDK is given besides its input. */
interface CallOptions {
  readonly abortSignal: AbortSignal;
}

const BATCH_MAX = 10;
/** For a whole call, repeated attempts included; long polls have their wait besides. */
const CALL_MS_MAX = 10_000;
const URLS_MAX = 10_000;

/**
 * SQS queues at an endpoint that the official SDK reaches: AWS's own, another Lambkin, ElasticMQ. A long poll that is cut off
 * by its signal may have taken messages on the other side; they come again when their visibility timeout is over.
 */
export class SdkMessageQueues implements MessageQueues {
  readonly #clients: SqsClients;
  /** URLs by ARN, as GetQueueUrl tells them. */
  readonly #urls = new Map<string, Promise<string>>();

  constructor(make: (config: SQSClientConfig) => SQS, settings: QueueEndpoint) {
    this.#clients = new SqsClients(make, settings);
  }

  async describe(queueArn: string): Promise<QueueDescription> {
    return this.#call(queueArn, AbortSignal.timeout(CALL_MS_MAX), async ({ other }, QueueUrl, options) => {
      const { Attributes = {} } = await other.getQueueAttributes(
        { QueueUrl, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] },
        options,
      );
      const maxReceiveCount = receiveCountOf(Attributes['RedrivePolicy']);
      return {
        visibilityTimeoutSeconds: Number(Attributes['VisibilityTimeout'] ?? 30),
        fifo: queueArn.endsWith('.fifo'),
        ...(maxReceiveCount === undefined ? {} : { maxReceiveCount }),
      };
    });
  }

  async send(queueArn: string, message: OutgoingMessage): Promise<string> {
    const { body, messageAttributes = {}, traceHeader, delaySeconds, groupId, deduplicationId } = message;
    return this.#call(queueArn, AbortSignal.timeout(CALL_MS_MAX), async ({ other }, QueueUrl, options) => {
      const { MessageId = '' } = await other.sendMessage(
        {
          QueueUrl,
          MessageBody: body,
          MessageAttributes: mapped(messageAttributes, toSdk),
          DelaySeconds: delaySeconds,
          MessageGroupId: groupId,
          MessageDeduplicationId: deduplicationId,
          ...(traceHeader === undefined
            ? {}
            : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } } }),
        },
        options,
      );
      return MessageId;
    });
  }

  async receive(queueArn: string, request: ReceiveRequest): Promise<ReceivedMessage[]> {
    const { countMax, waitMs, visibilityTimeoutSeconds, signal } = request;
    const bound = AbortSignal.timeout(waitMs + CALL_MS_MAX);
    try {
      return await this.#call(
        queueArn,
        signal ? AbortSignal.any([signal, bound]) : bound,
        async ({ receiving }, QueueUrl, options) => {
          const { Messages = [] } = await receiving.receiveMessage(
            {
              QueueUrl,
              MaxNumberOfMessages: Math.min(BATCH_MAX, countMax),
              // Up, for a short poll in the last part of a second would be one of very many.
              WaitTimeSeconds: Math.ceil(waitMs / 1_000),
              VisibilityTimeout: visibilityTimeoutSeconds,
              // Older servers know only the first of the two.
              AttributeNames: ['All'],
              MessageSystemAttributeNames: ['All'],
              MessageAttributeNames: ['All'],
            },
            options,
          );
          return Messages.map(receivedMessage);
        },
      );
    } catch (error) {
      if (signal?.aborted) return [];
      throw error;
    }
  }

  async delete(queueArn: string, receiptHandles: readonly string[]): Promise<void> {
    await this.#inBatches(queueArn, receiptHandles, ({ other }, QueueUrl, handles, options) =>
      other.deleteMessageBatch({ QueueUrl, Entries: handles.map((handle, index) => entryOf(handle, index)) }, options),
    );
  }

  async changeVisibility(queueArn: string, receiptHandles: readonly string[], visibilityTimeoutSeconds: number): Promise<void> {
    await this.#inBatches(queueArn, receiptHandles, ({ other }, QueueUrl, handles, options) => {
      const Entries = handles.map((handle, index) => ({
        ...entryOf(handle, index),
        VisibilityTimeout: visibilityTimeoutSeconds,
      }));
      return other.changeMessageVisibilityBatch({ QueueUrl, Entries }, options);
    });
  }

  /** Ends every connection; calls under way fail. */
  close(): void {
    this.#clients.close();
    this.#urls.clear();
  }

  async #inBatches(
    queueArn: string,
    receiptHandles: readonly string[],
    send: (
      clients: RegionClients,
      url: string,
      handles: readonly string[],
      options: CallOptions,
    ) => Promise<{ Failed?: { Code?: string | undefined; SenderFault?: boolean | undefined }[] | undefined }>,
  ): Promise<void> {
    for (let start = 0; start < receiptHandles.length; start += BATCH_MAX) {
      const handles = receiptHandles.slice(start, start + BATCH_MAX);
      const { Failed = [] } = await this.#call(queueArn, AbortSignal.timeout(CALL_MS_MAX), (clients, url, options) =>
        send(clients, url, handles, options),
      );
      // Faults of the sender are handles that no longer count.
      const fault = Failed.find(({ SenderFault }) => SenderFault !== true);
      if (fault)
        throw new Error(`the queue ${queueArn} could not take ${Failed.length} of ${handles.length} entries: ${fault.Code}`);
    }
  }

  /** Every failure is told in the port's terms. */
  async #call<Result>(
    queueArn: string,
    abortSignal: AbortSignal,
    run: (clients: RegionClients, url: string, options: CallOptions) => Promise<Result>,
  ): Promise<Result> {
    try {
      const clients = this.#clients.of(queueArn);
      return await run(clients, await this.#urlOf(queueArn, clients), { abortSignal });
    } catch (error) {
      if (abortSignal.aborted && (abortSignal.reason as Error | undefined)?.name === 'TimeoutError')
        throw new Error(`the queue ${queueArn} did not answer in time`, { cause: error });
      const told = asPortError(error);
      // It may be made again elsewhere.
      if (isQueueMissing(told)) this.#urls.delete(queueArn);
      throw told;
    }
  }

  async #urlOf(queueArn: string, { other }: RegionClients): Promise<string> {
    const known = this.#urls.get(queueArn);
    if (known !== undefined) return known;
    const [account, name] = queueArn.split(':').slice(4);
    const asked = other
      .getQueueUrl({ QueueName: name, QueueOwnerAWSAccountId: account }, { abortSignal: AbortSignal.timeout(CALL_MS_MAX) })
      .then(({ QueueUrl = '' }) => QueueUrl);
    const [oldest] = this.#urls.keys();
    if (this.#urls.size >= URLS_MAX && oldest !== undefined) this.#urls.delete(oldest);
    this.#urls.set(queueArn, asked);
    asked.catch(() => {
      if (this.#urls.get(queueArn) === asked) this.#urls.delete(queueArn);
    });
    return asked;
  }
}

function entryOf(ReceiptHandle: string, index: number): { Id: string; ReceiptHandle: string } {
  return { Id: String(index), ReceiptHandle };
}

function receiveCountOf(policy: string | undefined): number | undefined {
  if (!policy) return undefined;
  // Some servers keep it as text, as AWS lets it be written.
  const { maxReceiveCount } = JSON.parse(policy) as { maxReceiveCount?: number | string };
  return maxReceiveCount === undefined ? undefined : Number(maxReceiveCount);
}

function receivedMessage(message: Message): ReceivedMessage {
  const { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', MD5OfMessageAttributes } = message;
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    md5OfBody: MD5OfBody,
    attributes: (message.Attributes ?? {}) as Record<string, string>,
    messageAttributes: mapped(message.MessageAttributes ?? {}, fromSdk),
    ...(MD5OfMessageAttributes ? { md5OfMessageAttributes: MD5OfMessageAttributes } : {}),
  };
}

function toSdk({ dataType, stringValue, binaryValue }: MessageAttribute): MessageAttributeValue {
  return {
    DataType: dataType,
    ...(stringValue === undefined ? {} : { StringValue: stringValue }),
    ...(binaryValue === undefined ? {} : { BinaryValue: binaryValue }),
  };
}

function fromSdk({ DataType = '', StringValue, BinaryValue }: MessageAttributeValue): MessageAttribute {
  return {
    dataType: DataType,
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
  };
}

function mapped<From, To>(values: Readonly<Record<string, From>>, convert: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, convert(value)]));
}
