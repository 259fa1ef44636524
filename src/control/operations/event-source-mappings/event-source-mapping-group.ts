import { done, type MemberRows, stored } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createEventSourceMapping } from './create-event-source-mapping.ts';
import { deleteEventSourceMapping } from './delete-event-source-mapping.ts';
import { getEventSourceMapping } from './get-event-source-mapping.ts';
import { listEventSourceMappings } from './list-event-source-mappings.ts';
import { updateEventSourceMapping } from './update-event-source-mapping.ts';

const UNREAD =
  'SQS queues, Kinesis streams and streams of DynamoDB are read; from other sources nothing is read yet, and whether they exist is not checked';
/** Members that only sources know from which nothing is read. */
const unused = (names: string): MemberRows => stored(names, UNREAD);
/** Members within one that says so already. */
const within = (names: string): MemberRows => stored(names, UNREAD, () => false);
const READ = new Set(['sqs', 'kinesis', 'dynamodb']);
const isUnread = (arn: unknown): boolean => typeof arn === 'string' && !READ.has(arn.split(':')[2] ?? '');
const asksForMoreMetrics = (metrics: unknown): boolean =>
  Array.isArray(metrics) && metrics.some((metric) => metric !== 'EventCount');

const SETTINGS: MemberRows = {
  ...done(
    'FunctionName Enabled BatchSize FilterCriteria ScalingConfig MaximumBatchingWindowInSeconds FunctionResponseTypes ' +
      'ProvisionedPollerConfig MetricsConfig ParallelizationFactor DestinationConfig MaximumRecordAgeInSeconds ' +
      'BisectBatchOnFunctionError MaximumRetryAttempts TumblingWindowInSeconds',
  ),
  ...unused(
    'LoggingConfig SourceAccessConfigurations AmazonManagedKafkaEventSourceConfig SelfManagedKafkaEventSourceConfig ' +
      'DocumentDBEventSourceConfig',
  ),
  ...stored('KMSKeyArn', 'there is no key management service; filters are not encrypted with the key'),
};

/** What feeds functions from queues and streams. */
export const EVENT_SOURCE_MAPPINGS: OperationGroup = {
  title: 'Event source mappings',
  operations: {
    CreateEventSourceMapping: {
      run: createEventSourceMapping,
      state: 'done',
      note: UNREAD,
      members: {
        ...SETTINGS,
        ...done('Tags StartingPosition StartingPositionTimestamp'),
        ...stored('EventSourceArn', UNREAD, isUnread),
        ...unused('SelfManagedEventSource Topics Queues'),
      },
    },
    GetEventSourceMapping: { run: getEventSourceMapping, state: 'done', members: done('UUID') },
    ListEventSourceMappings: {
      run: listEventSourceMappings,
      state: 'done',
      members: done('EventSourceArn FunctionName Marker MaxItems'),
    },
    UpdateEventSourceMapping: {
      run: updateEventSourceMapping,
      state: 'done',
      note: UNREAD,
      members: { ...SETTINGS, ...done('UUID') },
    },
    DeleteEventSourceMapping: { run: deleteEventSourceMapping, state: 'done', members: done('UUID') },
  },
  structures: {
    FilterCriteria: done('Filters'),
    Filter: done('Pattern'),
    ScalingConfig: done('MaximumConcurrency'),
    EventSourceMappingMetricsConfig: stored('Metrics', 'only EventCount is counted', asksForMoreMetrics),
    EventSourceMappingLoggingConfig: within('SystemLogLevel'),
    SourceAccessConfiguration: within('Type URI'),
    SelfManagedEventSource: within('Endpoints'),
    AmazonManagedKafkaEventSourceConfig: within('ConsumerGroupId SchemaRegistryConfig'),
    SelfManagedKafkaEventSourceConfig: within('ConsumerGroupId SchemaRegistryConfig ConsumptionMode'),
    KafkaSchemaRegistryConfig: within('SchemaRegistryURI EventRecordFormat AccessConfigs SchemaValidationConfigs'),
    KafkaSchemaRegistryAccessConfig: within('Type URI'),
    KafkaSchemaValidationConfig: within('Attribute'),
    DocumentDBEventSourceConfig: within('DatabaseName CollectionName FullDocument'),
    ProvisionedPollerConfig: { ...done('MinimumPollers MaximumPollers'), ...within('PollerGroupName') },
  },
};
