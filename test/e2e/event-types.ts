import type {
  CloudWatchLogsDecodedData,
  CloudWatchLogsEvent,
  EventBridgeEvent,
  LambdaFunctionURLEvent,
  LambdaFunctionURLEventWithIAMAuthorizer,
  S3Event,
  ScheduledEvent,
  SNSEvent,
  SQSEvent,
} from 'aws-lambda';

/** What functions get, by the published types of Lambda events. Read by the compiler's API, not imported by any program. */
export interface EventTypes {
  readonly s3: S3Event;
  readonly sqs: SQSEvent;
  readonly sns: SNSEvent;
  readonly eventBridge: EventBridgeEvent<string, Readonly<Record<string, unknown>>>;
  readonly scheduledRule: ScheduledEvent;
  /** Its detail is a text that holds JSON, as one was captured. */
  readonly schedule: EventBridgeEvent<'Scheduled Event', '{}'>;
  readonly logs: CloudWatchLogsEvent;
  /** What is packed into the one before. */
  readonly logsData: CloudWatchLogsDecodedData;
  readonly functionUrl: LambdaFunctionURLEvent;
  readonly signedFunctionUrl: LambdaFunctionURLEventWithIAMAuthorizer;
}
