/** Something that happened, on its way to a resource that takes events. */
export interface TargetDelivery {
  /** The resource: a queue, topic, function (qualified or not), event bus or bucket, by its ARN. */
  readonly targetArn: string;
  /** Account and region on whose behalf it is sent. */
  readonly account: string;
  readonly region: string;
  /** JSON text. */
  readonly body: string;
  /** Message attributes, for SQS and SNS: texts are of the type `String`, numbers of the type `Number`. */
  readonly attributes?: Readonly<Record<string, string | number>>;
  /** For topics: the subject of the message, which subscribers see. */
  readonly subject?: string;
  /** What an event bus needs besides the body, which becomes `detail`. */
  readonly event?: { readonly source: string; readonly detailType: string; readonly resources: readonly string[] };
  /** For FIFO queues, which need one. */
  readonly messageGroupId?: string;
  /** Key for the targets that store objects. */
  readonly objectKey?: string;
  /** `Root=...;Lineage=...`, carried on so that loops are seen. */
  readonly traceHeader?: string;
}

/**
 * Delivers to whatever an ARN names. Resolves when the target has it durably. Rejects with a ServiceError when the target
 * refuses it (it does not exist, or takes no such thing), which trying again would not help, and with any other error when
 * it could not be reached.
 */
export interface EventTargets {
  deliver(delivery: TargetDelivery): Promise<void>;
}
