import type { CreateEventSourceMappingRequest, EventSourceMappingMetric, EventSourcePosition } from '@aws-sdk/client-lambda';
import type { MappingSettings, SourceKindName } from './mapping-document.ts';
import type { SourceAccessKind } from './source-access.ts';

/** A member of the requests that some sources know and others don't. */
export type SourceMember = Exclude<keyof CreateEventSourceMappingRequest, 'FunctionName' | 'Enabled' | 'Tags'>;

/** What may be said of the pollers of a source. */
export interface PollerRange {
  readonly min: number;
  readonly max: number;
  /** What counts when nothing is said. */
  readonly normal: number;
}

/** All that distinguishes one kind of event source from another, as far as mappings go. */
export interface SourceKind {
  /** The form of its ARN: the service, and what names the resource. Undefined where the source has none. */
  readonly arn?: { readonly service: string; readonly resource: RegExp };
  /** Members that it knows besides EventSourceArn, BatchSize and MaximumBatchingWindowInSeconds, separated by spaces. */
  readonly members: string;
  /** Of these, those that must be given, separated by spaces. */
  readonly required: string;
  /** Words for members that it does not know, where AWS's are other than usual. */
  readonly refusals?: Readonly<Partial<Record<SourceMember, string>>>;
  /** What a mapping has when nothing else was said. */
  readonly defaults: MappingSettings;
  readonly positions: readonly EventSourcePosition[];
  readonly batchSizeMax: number;
  /** Whether batches may be waited for. */
  readonly hasWindow: boolean;
  /** From this size on a batch has to be waited for. */
  readonly sizeWithWindowMin?: number;
  /** Services that records which failed can go to. */
  readonly destinations: readonly string[];
  readonly metrics: readonly EventSourceMappingMetric[];
  readonly access: SourceAccessKind;
  readonly pollers?: { readonly minimum: PollerRange; readonly maximum: PollerRange; readonly hasGroups: boolean };
  /** Members that mean something in provisioned mode only, separated by spaces. */
  readonly provisionedOnly?: string;
  /** The field of a record that holds JSON, so that patterns for it must be objects. */
  readonly jsonField?: string;
  /** Why it is in its state, when a user put it there. */
  readonly reason: 'User action' | 'USER_INITIATED';
  /** What is told before anything was read. */
  readonly nothingRead?: 'No records processed';
  /** How a second mapping of the same source to the same function is refused. */
  readonly duplicate: 'queue' | 'stream' | 'kafka';
}

const QUEUE: Omit<SourceKind, 'arn' | 'batchSizeMax' | 'hasWindow'> = {
  members: 'FilterCriteria KMSKeyArn FunctionResponseTypes ScalingConfig ProvisionedPollerConfig MetricsConfig',
  required: '',
  refusals: { StartingPosition: 'StartingPosition is not valid for SQS event sources.' },
  defaults: { BatchSize: 10, MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [] },
  positions: [],
  destinations: [],
  metrics: ['EventCount'],
  access: 'none',
  pollers: {
    minimum: { min: 2, max: 200, normal: 2 },
    maximum: { min: 2, max: 10_000, normal: 200 },
    hasGroups: false,
  },
  reason: 'USER_INITIATED',
  duplicate: 'queue',
};

const STREAM: Omit<SourceKind, 'arn' | 'positions' | 'jsonField'> = {
  members:
    'FilterCriteria KMSKeyArn FunctionResponseTypes StartingPosition StartingPositionTimestamp ParallelizationFactor ' +
    'TumblingWindowInSeconds BisectBatchOnFunctionError MaximumRecordAgeInSeconds MaximumRetryAttempts DestinationConfig ' +
    'MetricsConfig',
  required: 'StartingPosition',
  defaults: {
    BatchSize: 100,
    BisectBatchOnFunctionError: false,
    DestinationConfig: { OnFailure: {} },
    FunctionResponseTypes: [],
    MaximumBatchingWindowInSeconds: 0,
    MaximumRecordAgeInSeconds: -1,
    MaximumRetryAttempts: -1,
    ParallelizationFactor: 1,
    TumblingWindowInSeconds: 0,
  },
  batchSizeMax: 10_000,
  hasWindow: true,
  destinations: ['sqs', 'sns', 's3'],
  metrics: ['EventCount'],
  access: 'none',
  reason: 'User action',
  nothingRead: 'No records processed',
  duplicate: 'stream',
};

const KAFKA_MEMBERS =
  'FilterCriteria KMSKeyArn FunctionResponseTypes StartingPosition StartingPositionTimestamp BisectBatchOnFunctionError ' +
  'MaximumRecordAgeInSeconds MaximumRetryAttempts DestinationConfig ProvisionedPollerConfig MetricsConfig LoggingConfig ' +
  'Topics SourceAccessConfigurations';

const KAFKA: Omit<SourceKind, 'arn' | 'members' | 'required' | 'access'> = {
  defaults: { BatchSize: 100 },
  positions: ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'],
  batchSizeMax: 10_000,
  hasWindow: true,
  destinations: ['sqs', 'sns', 's3', 'kafka'],
  metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'],
  pollers: {
    minimum: { min: 1, max: 200, normal: 1 },
    maximum: { min: 1, max: 2_000, normal: 200 },
    hasGroups: true,
  },
  provisionedOnly: 'FunctionResponseTypes BisectBatchOnFunctionError MaximumRecordAgeInSeconds MaximumRetryAttempts',
  reason: 'USER_INITIATED',
  nothingRead: 'No records processed',
  duplicate: 'kafka',
};

/**
 * The kinds of event sources. Sources: the service model, and Lambda's pages on each of them; the values of `defaults` as
 * answers of AWS have them.
 */
export const SOURCE_KINDS: Readonly<Record<SourceKindName, SourceKind>> = {
  'sqs-fifo': {
    ...QUEUE,
    arn: { service: 'sqs', resource: /^[\w-]{1,75}\.fifo$/ },
    batchSizeMax: 10,
    hasWindow: false,
  },
  sqs: {
    ...QUEUE,
    arn: { service: 'sqs', resource: /^[\w-]{1,80}$/ },
    batchSizeMax: 10_000,
    hasWindow: true,
    sizeWithWindowMin: 11,
  },
  kinesis: {
    ...STREAM,
    arn: { service: 'kinesis', resource: /^stream\/[\w.-]+(\/consumer\/[\w.-]+:\d+)?$/ },
    positions: ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'],
    jsonField: 'data',
  },
  dynamodb: {
    ...STREAM,
    arn: { service: 'dynamodb', resource: /^table\/[\w.-]+\/stream\/[\w.:-]+$/ },
    positions: ['TRIM_HORIZON', 'LATEST'],
    jsonField: 'dynamodb',
  },
  msk: {
    ...KAFKA,
    arn: { service: 'kafka', resource: /^(cluster|vpc-connection\/\d{12})\/[\w.-]+\/[\w-]+$/ },
    members: `${KAFKA_MEMBERS} AmazonManagedKafkaEventSourceConfig`,
    required: 'Topics StartingPosition',
    access: 'kafka',
  },
  'self-managed-kafka': {
    ...KAFKA,
    members: `${KAFKA_MEMBERS} SelfManagedEventSource SelfManagedKafkaEventSourceConfig`,
    required: 'SourceAccessConfigurations Topics StartingPosition',
    access: 'self-managed-kafka',
  },
  mq: {
    arn: { service: 'mq', resource: /^broker:[\w-]+:b-[\w-]+$/ },
    members: 'FilterCriteria KMSKeyArn MetricsConfig Queues SourceAccessConfigurations',
    required: 'SourceAccessConfigurations Queues',
    defaults: { BatchSize: 100 },
    positions: [],
    batchSizeMax: 10_000,
    hasWindow: true,
    destinations: [],
    metrics: ['EventCount'],
    access: 'mq',
    reason: 'USER_INITIATED',
    nothingRead: 'No records processed',
    duplicate: 'stream',
  },
  documentdb: {
    arn: { service: 'rds', resource: /^cluster:[\w-]+$/ },
    members: 'StartingPosition StartingPositionTimestamp MetricsConfig SourceAccessConfigurations DocumentDBEventSourceConfig',
    required: 'SourceAccessConfigurations StartingPosition DocumentDBEventSourceConfig',
    defaults: { BatchSize: 100 },
    positions: ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'],
    batchSizeMax: 10_000,
    hasWindow: true,
    destinations: [],
    metrics: ['EventCount'],
    access: 'documentdb',
    reason: 'USER_INITIATED',
    nothingRead: 'No records processed',
    duplicate: 'stream',
  },
};
