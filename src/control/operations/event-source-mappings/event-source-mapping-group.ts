import { done, type MemberRows, stored } from '../../fidelity/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { createEventSourceMapping } from './create-event-source-mapping.ts';
import { deleteEventSourceMapping } from './delete-event-source-mapping.ts';
import { getEventSourceMapping } from './get-event-source-mapping.ts';
import { listEventSourceMappings } from './list-event-source-mappings.ts';
import { updateEventSourceMapping } from './update-event-source-mapping.ts';

const NOT_POLLED = 'nothing is read from the source yet; whether it exists and may be read is not checked';
/** The operation as a whole is stored only, and says so once. */
const saidByTheOperation = (): boolean => false;
const unused = (names: string): MemberRows => stored(names, NOT_POLLED, saidByTheOperation);

const SETTINGS: MemberRows = {
  ...done('FunctionName Enabled'),
  ...unused(
    'BatchSize FilterCriteria MetricsConfig LoggingConfig ScalingConfig MaximumBatchingWindowInSeconds ParallelizationFactor ' +
      'DestinationConfig MaximumRecordAgeInSeconds BisectBatchOnFunctionError MaximumRetryAttempts TumblingWindowInSeconds ' +
      'SourceAccessConfigurations FunctionResponseTypes AmazonManagedKafkaEventSourceConfig SelfManagedKafkaEventSourceConfig ' +
      'DocumentDBEventSourceConfig ProvisionedPollerConfig',
  ),
  ...stored('KMSKeyArn', 'there is no key management service; filters are not encrypted with the key'),
};

/** What feeds functions from queues and streams. */
export const EVENT_SOURCE_MAPPINGS: OperationGroup = {
  title: 'Event source mappings',
  operations: {
    CreateEventSourceMapping: {
      run: createEventSourceMapping,
      state: 'stored only',
      note: NOT_POLLED,
      members: {
        ...SETTINGS,
        ...done('Tags'),
        ...unused('EventSourceArn StartingPosition StartingPositionTimestamp Topics Queues SelfManagedEventSource'),
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
      state: 'stored only',
      note: NOT_POLLED,
      members: { ...SETTINGS, ...done('UUID') },
    },
    DeleteEventSourceMapping: { run: deleteEventSourceMapping, state: 'done', members: done('UUID') },
  },
  structures: {
    FilterCriteria: unused('Filters'),
    Filter: unused('Pattern'),
    ScalingConfig: unused('MaximumConcurrency'),
    EventSourceMappingMetricsConfig: unused('Metrics'),
    EventSourceMappingLoggingConfig: unused('SystemLogLevel'),
    SourceAccessConfiguration: unused('Type URI'),
    SelfManagedEventSource: unused('Endpoints'),
    AmazonManagedKafkaEventSourceConfig: unused('ConsumerGroupId SchemaRegistryConfig'),
    SelfManagedKafkaEventSourceConfig: unused('ConsumerGroupId SchemaRegistryConfig ConsumptionMode'),
    KafkaSchemaRegistryConfig: unused('SchemaRegistryURI EventRecordFormat AccessConfigs SchemaValidationConfigs'),
    KafkaSchemaRegistryAccessConfig: unused('Type URI'),
    KafkaSchemaValidationConfig: unused('Attribute'),
    DocumentDBEventSourceConfig: unused('DatabaseName CollectionName FullDocument'),
    ProvisionedPollerConfig: unused('MinimumPollers MaximumPollers PollerGroupName'),
  },
};
