/** What the server itself publishes, on behalf of whatever it delivers for. */
export interface TopicMessage {
  readonly body: string;
  /** At most 100 characters in one line. */
  readonly subject?: string;
  /** Texts are of the type `String`, numbers of the type `Number`. */
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly traceHeader?: string;
}

/** SNS topics by their ARNs, for the rest of the server. */
export interface TopicPublisher {
  /** Whether there is such a topic. */
  exists(topicArn: string): Promise<boolean>;
  /** Resolves when all deliveries are on disk. Throws ServiceErrors: NotFound, InvalidParameter. */
  publish(topicArn: string, message: TopicMessage): Promise<void>;
}
