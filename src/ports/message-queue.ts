/** One attribute that the sender of a message gave it, as SQS types it. */
export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, perhaps with a label of the sender's after a dot. */
  readonly dataType: string;
  readonly stringValue?: string;
  readonly binaryValue?: Uint8Array;
}

/** A message to be sent. */
export interface OutgoingMessage {
  readonly body: string;
  readonly messageAttributes?: Readonly<Record<string, MessageAttribute>>;
  /** `Root=...;Parent=...;Sampled=...`, the one system attribute that a sender may give. */
  readonly traceHeader?: string;
  readonly delaySeconds?: number;
  /** FIFO queues only, and required there. */
  readonly groupId?: string;
  /** FIFO queues only; required there unless the queue takes it from the body. */
  readonly deduplicationId?: string;
}

/** A message that was received. It is hidden from others until its visibility runs out or it is deleted. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  /** System attributes by their names in SQS: `ApproximateReceiveCount`, `SentTimestamp`, `SenderId`, `MessageGroupId` ... */
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, MessageAttribute>>;
  /** Hex; only where the message has attributes. */
  readonly md5OfMessageAttributes?: string;
}

/** How messages are asked for. */
export interface ReceiveRequest {
  /** 1 to 10. */
  readonly countMax: number;
  /** How long to wait for a first message, at most 20,000. */
  readonly waitMs: number;
  /** Instead of the queue's own visibility timeout. */
  readonly visibilityTimeoutSeconds?: number;
  /** Ends the waiting; what was received by then is returned. */
  readonly signal?: AbortSignal;
}

/** What a queue is, as far as a consumer must know. */
export interface QueueDescription {
  readonly visibilityTimeoutSeconds: number;
  readonly fifo: boolean;
  /** From its redrive policy. */
  readonly maxReceiveCount?: number;
}

/**
 * SQS queues by their ARNs, wherever they are: embedded, or at an endpoint of the settings. What the rest of the server
 * uses to send to queues and to poll them. A queue that does not exist makes every call reject with the
 * `QueueDoesNotExist` ServiceError; a queue at an endpoint that can't be reached with an ordinary error.
 */
export interface MessageQueues {
  describe(queueArn: string): Promise<QueueDescription>;
  /** Resolves with the message's id when it is durable. */
  send(queueArn: string, message: OutgoingMessage): Promise<string>;
  receive(queueArn: string, request: ReceiveRequest): Promise<ReceivedMessage[]>;
  /** Deletes what these handles stand for; handles that no longer count are passed over. */
  delete(queueArn: string, receiptHandles: readonly string[]): Promise<void>;
  /** 0 makes the messages visible at once. Handles that no longer count are passed over. */
  changeVisibility(queueArn: string, receiptHandles: readonly string[], visibilityTimeoutSeconds: number): Promise<void>;
}
