import type { SourceAccessConfiguration } from '@aws-sdk/client-lambda';
import {
  arnOf,
  create,
  invalidParameter,
  kinesis,
  makeSource,
  SECRET,
  settled,
  type Source,
  SOURCES,
  target,
  unsupported,
} from './event-source-fixture.ts';
import { type ConformanceCase, eventually, fails, type World } from './world.ts';

type Kind = keyof typeof SOURCES;
type Refused = readonly [Kind, object, ReturnType<typeof invalidParameter>];

const BAD_FILTER = invalidParameter('Invalid filter pattern definition.');
const NO_POSITION = invalidParameter(
  "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
);
const missing = (path: string) => invalidParameter(`Required '${path}' parameter is missing.`);
const provisioned = (what: string) =>
  invalidParameter(
    `${what} is only available for Provisioned Mode. To configure it, please enable Provisioned Mode by specifying MinimumPollers in ProvisionedPollerConfig.`,
  );

/** What a kind of source does not know. */
const UNKNOWN: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
  queue: {
    MaximumRetryAttempts: 1,
    MaximumRecordAgeInSeconds: 60,
    BisectBatchOnFunctionError: true,
    ParallelizationFactor: 2,
    TumblingWindowInSeconds: 1,
    Topics: ['topic'],
    Queues: ['queue'],
    SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: SECRET }],
    LoggingConfig: { SystemLogLevel: 'INFO' },
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' },
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' },
    DocumentDBEventSourceConfig: { DatabaseName: 'shop' },
  },
  fifo: { ParallelizationFactor: 2 },
  kinesis: {
    ScalingConfig: { MaximumConcurrency: 2 },
    ProvisionedPollerConfig: { MinimumPollers: 2 },
    Topics: ['topic'],
    LoggingConfig: { SystemLogLevel: 'INFO' },
  },
  table: { ScalingConfig: { MaximumConcurrency: 2 }, Queues: ['queue'] },
  msk: {
    ScalingConfig: { MaximumConcurrency: 2 },
    ParallelizationFactor: 2,
    TumblingWindowInSeconds: 1,
    Queues: ['queue'],
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' },
  },
  kafka: { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' }, ParallelizationFactor: 2 },
  mq: {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'LATEST',
    MaximumRetryAttempts: 1,
    ProvisionedPollerConfig: { MinimumPollers: 2 },
    Topics: ['topic'],
  },
  documents: {
    FilterCriteria: { Filters: [{ Pattern: '{"a":["b"]}' }] },
    KMSKeyArn: arnOf('kms', 'key/0'),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumRetryAttempts: 1,
  },
};

const POSITIONS: readonly Refused[] = [
  ['kinesis', { StartingPosition: undefined }, NO_POSITION],
  ['table', { StartingPosition: undefined }, NO_POSITION],
  ['msk', { StartingPosition: undefined }, NO_POSITION],
  ['kafka', { StartingPosition: undefined }, NO_POSITION],
  ['documents', { StartingPosition: undefined }, NO_POSITION],
  ['queue', { StartingPosition: 'LATEST' }, invalidParameter('StartingPosition is not valid for SQS event sources.')],
  ['kinesis', { StartingPosition: 'AT_TIMESTAMP' }, invalidParameter('Need to specify a timestamp')],
  [
    'kinesis',
    { StartingPositionTimestamp: new Date(0) },
    invalidParameter('StartingPositionTimestamp is only valid with the starting position AT_TIMESTAMP.'),
  ],
  [
    'kinesis',
    { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: new Date('2999-01-01') },
    invalidParameter('StartingPositionTimestamp can not be in the future.'),
  ],
];

const BATCHES: readonly Refused[] = [
  [
    'queue',
    { BatchSize: 11 },
    invalidParameter('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10'),
  ],
  ['fifo', { BatchSize: 11 }, invalidParameter('Maximum batch size must be between 1 and 10 inclusive')],
  ['fifo', { MaximumBatchingWindowInSeconds: 1 }, invalidParameter('Batching window is not supported for FIFO queues')],
  [
    'kinesis',
    { MaximumRecordAgeInSeconds: 59 },
    invalidParameter('MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.'),
  ],
];

const PROVISIONED = { ProvisionedPollerConfig: { MinimumPollers: 1 } };

const POLLERS: readonly Refused[] = [
  [
    'queue',
    { ProvisionedPollerConfig: { MinimumPollers: 1 } },
    invalidParameter('MinimumPollers must be between 2 and 200 for given event source mapping type.'),
  ],
  [
    'kafka',
    { ProvisionedPollerConfig: { MaximumPollers: 2_001 } },
    invalidParameter('MaximumPollers must be between 1 and 2000 for given event source mapping type.'),
  ],
  [
    'msk',
    { ProvisionedPollerConfig: { MinimumPollers: 9, MaximumPollers: 8 } },
    invalidParameter('MinimumPollers must be less than or equal to MaximumPollers.'),
  ],
  [
    'queue',
    { ProvisionedPollerConfig: { MinimumPollers: 2, PollerGroupName: 'group' } },
    unsupported("'provisionedPollerConfig.pollerGroupName'"),
  ],
  [
    'queue',
    { ProvisionedPollerConfig: { MinimumPollers: 2 }, ScalingConfig: { MaximumConcurrency: 2 } },
    invalidParameter('ScalingConfig and ProvisionedPollerConfig can not be given together.'),
  ],
  ['kafka', { MaximumRetryAttempts: 0 }, provisioned('MaximumRetryAttempts')],
  ['kafka', { MaximumRecordAgeInSeconds: 60 }, provisioned('MaximumRecordAgeInSeconds')],
  ['msk', { BisectBatchOnFunctionError: true }, provisioned('BisectBatchOnFunctionError')],
  ['msk', { FunctionResponseTypes: ['ReportBatchItemFailures'] }, provisioned('FunctionResponseTypes')],
  [
    'msk',
    { DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } } },
    provisioned('a Kafka topic as DestinationConfig'),
  ],
  [
    'msk',
    { AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { EventRecordFormat: 'JSON' } } },
    provisioned('SchemaRegistryConfig'),
  ],
];

const registry = (config: object): object => ({
  ...PROVISIONED,
  SelfManagedKafkaEventSourceConfig: { SchemaRegistryConfig: config },
});
const REGISTRY = {
  SchemaRegistryURI: 'https://registry.example.com',
  EventRecordFormat: 'JSON',
  SchemaValidationConfigs: [{ Attribute: 'KEY' }],
};

const KAFKA: readonly Refused[] = [
  ['kafka', registry({ ...REGISTRY, SchemaRegistryURI: undefined }), missing('schemaRegistryConfig.schemaRegistryURI')],
  ['kafka', registry({ ...REGISTRY, EventRecordFormat: undefined }), missing('schemaRegistryConfig.eventRecordFormat')],
  ['kafka', registry({ ...REGISTRY, SchemaValidationConfigs: [] }), missing('schemaRegistryConfig.schemaValidationConfigs')],
  [
    'kafka',
    registry({ ...REGISTRY, SchemaRegistryURI: 'registry' }),
    invalidParameter('The schema registry URI registry is invalid.'),
  ],
  [
    'kafka',
    registry({ ...REGISTRY, AccessConfigs: [{ Type: 'BASIC_AUTH' }] }),
    invalidParameter('Every access configuration of a schema registry needs a Type and a URI.'),
  ],
  [
    'kafka',
    { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } },
    invalidParameter('StartingPosition can not be given with the consumption mode Queue.'),
  ],
  [
    'kafka',
    {
      SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' },
      StartingPosition: undefined,
      MaximumBatchingWindowInSeconds: 1,
    },
    invalidParameter('MaximumBatchingWindowInSeconds can not be given with the consumption mode Queue.'),
  ],
];

const access = (...list: readonly (readonly [SourceAccessConfiguration['Type'], string?])[]): object => ({
  SourceAccessConfigurations: list.map(([Type, URI]) => ({ Type, ...(URI === undefined ? {} : { URI }) })),
});
const badUri = (type: string) => invalidParameter(`Invalid URI for source access configuration type ${type}.`);

const ACCESS: readonly Refused[] = [
  ['kafka', { SourceAccessConfigurations: undefined }, missing('sourceAccessConfigurations')],
  ['mq', { SourceAccessConfigurations: [] }, missing('sourceAccessConfigurations')],
  ['documents', { SourceAccessConfigurations: undefined }, missing('sourceAccessConfigurations')],
  ['mq', access(['VIRTUAL_HOST', '/']), invalidParameter('Source access configuration type BASIC_AUTH is required.')],
  [
    'documents',
    access(['VIRTUAL_HOST', '/']),
    invalidParameter('Unsupported source access configuration type VIRTUAL_HOST for given event source mapping type.'),
  ],
  ['mq', access(['BASIC_AUTH', 'secret']), badUri('BASIC_AUTH')],
  ['mq', access(['BASIC_AUTH']), badUri('BASIC_AUTH')],
  ['kafka', access(['VPC_SUBNET', 'subnet-1']), badUri('VPC_SUBNET')],
  ['kafka', access(['VPC_SECURITY_GROUP', 'sg-1']), badUri('VPC_SECURITY_GROUP')],
  [
    'kafka',
    access(['BASIC_AUTH', SECRET], ['BASIC_AUTH', SECRET]),
    invalidParameter('Source access configuration type BASIC_AUTH can only be given once.'),
  ],
  [
    'kafka',
    access(['OAUTHBEARER_SCOPE', 'read']),
    invalidParameter('Source access configuration type OAUTHBEARER_SCOPE requires OAUTHBEARER_AUTH.'),
  ],
  [
    'kafka',
    access(['IAM_OAUTHBEARER_AUTH']),
    invalidParameter('Source access configuration type IAM_OAUTHBEARER_AUTH requires OAUTHBEARER_AUDIENCE.'),
  ],
  [
    'kafka',
    access(['IAM_OAUTHBEARER_AUTH', 'x'], ['OAUTHBEARER_AUDIENCE', 'a']),
    invalidParameter('Source access configuration type IAM_OAUTHBEARER_AUTH has no URI.'),
  ],
  [
    'kafka',
    access(['IAM_OAUTHBEARER_AUTH'], ['OAUTHBEARER_AUDIENCE', 'a'], ['OAUTHBEARER_AUTH', 'b']),
    invalidParameter('Source access configuration types IAM_OAUTHBEARER_AUTH and OAUTHBEARER_AUTH can not be used together.'),
  ],
];

const stream = arnOf('kinesis', 'stream/s');
const config = (destination: string) =>
  invalidParameter(
    `The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${destination})) is invalid.`,
  );
const onFailure = (Destination: string): object => ({ DestinationConfig: { OnFailure: { Destination } } });

const DESTINATIONS: readonly Refused[] = [
  ['kinesis', { DestinationConfig: { OnSuccess: { Destination: arnOf('sqs', 'done') } } }, unsupported('DestinationConfig')],
  ['queue', onFailure(arnOf('sqs', 'failed')), unsupported('DestinationConfig')],
  ['mq', onFailure(arnOf('sqs', 'failed')), unsupported('DestinationConfig')],
  ['kinesis', onFailure(stream), config(stream)],
  ['table', onFailure('kafka://failed'), config('kafka://failed')],
  ['kinesis', onFailure(arnOf('lambda', 'function:f')), config(arnOf('lambda', 'function:f'))],
  ['kinesis', onFailure(arnOf('sqs', 'failed.fifo')), config(arnOf('sqs', 'failed.fifo'))],
  [
    'msk',
    { ...PROVISIONED, ...onFailure('kafka://topic') },
    invalidParameter('The destination topic must be another than the source topic.'),
  ],
];

const OTHERS: readonly Refused[] = [
  ['msk', { Topics: undefined }, missing('topics')],
  ['mq', { Queues: undefined }, missing('queues')],
  ['documents', { DocumentDBEventSourceConfig: undefined }, missing('documentDBEventSourceConfig')],
  [
    'documents',
    { DocumentDBEventSourceConfig: { CollectionName: 'orders' } },
    missing('documentDBEventSourceConfig.databaseName'),
  ],
  [
    'queue',
    { MetricsConfig: { Metrics: ['ErrorCount'] } },
    invalidParameter('Unsupported metric ErrorCount for given event source mapping type.'),
  ],
];

const filters = (...patterns: readonly (string | undefined)[]): object => ({
  FilterCriteria: { Filters: patterns.map((Pattern) => (Pattern === undefined ? {} : { Pattern })) },
});

const FILTERS: readonly Refused[] = [
  ['queue', filters(undefined), BAD_FILTER],
  ['queue', filters(''), BAD_FILTER],
  ['queue', filters('"simple string"'), BAD_FILTER],
  ['queue', filters('[{"body":["x"]}]'), BAD_FILTER],
  ['queue', filters('{"body":"x"}'), BAD_FILTER],
  ['queue', filters('{"body":[{"Prefix":"x"}]}'), BAD_FILTER],
  ['queue', filters('{"body":["x"]}', '{"body":[{"numeric":[">","1"]}]}'), BAD_FILTER],
  ['kinesis', filters('{"data":["x"]}'), BAD_FILTER],
  ['table', filters('{"dynamodb":["x"]}'), BAD_FILTER],
  [
    'queue',
    filters(...Array.from({ length: 6 }, () => '{"body":["x"]}')),
    invalidParameter('Number of filters can not be greater than 5.'),
  ],
];

const TABLES: readonly (readonly [string, readonly Refused[]])[] = [
  ['positions', POSITIONS],
  ['batches and ages', BATCHES],
  ['pollers, and what needs provisioned ones', POLLERS],
  ['schema registries and share groups', KAFKA],
  ['ways to reach a source', ACCESS],
  ['destinations', DESTINATIONS],
  ['other members', OTHERS],
  ['filters', FILTERS],
];

const SOURCE_ARNS: readonly string[] = [
  arnOf('s3', 'bucket'),
  arnOf('sns', 'topic'),
  arnOf('dynamodb', 'table/t'),
  arnOf('kinesis', 's'),
  arnOf('docdb-elastic', 'cluster/c'),
  arnOf('sqs', ''),
];

async function refuseAll(world: World, refused: readonly Refused[]): Promise<void> {
  for (const [kind, more, error] of refused) {
    const input: Source = { ...SOURCES[kind](world), ...more };
    await fails(create(world, input), { ...error, type: 'User' });
  }
}

/** Cases of what a mapping of each kind of source may not be. */
export const EVENT_SOURCE_RULE_CASES: readonly ConformanceCase[] = [
  ...TABLES.map(([what, refused]) => ({
    operation: 'CreateEventSourceMapping',
    name: `what is refused: ${what}`,
    run: (world: World) => refuseAll(world, refused),
  })),
  {
    operation: 'CreateEventSourceMapping',
    name: 'members that the kind of source does not know',
    run: async (world) => {
      for (const [kind, members] of Object.entries(UNKNOWN)) {
        for (const [member, value] of Object.entries(members)) {
          const name = `'${member.charAt(0).toLowerCase()}${member.slice(1)}'`;
          await fails(create(world, { ...SOURCES[kind as Kind](world), [member]: value }), unsupported(name));
        }
      }
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'what is no source, two sources, and a source of another region',
    run: async (world) => {
      const unrecognized = invalidParameter('Unrecognized event source.');
      await fails(create(world, {}), { ...unrecognized, type: 'User' });
      // Told before the function is looked for.
      await fails(create(world, { FunctionName: world.unique('missing') }), unrecognized);
      await fails(create(world, { SelfManagedEventSource: {} }), unrecognized);
      for (const EventSourceArn of SOURCE_ARNS) await fails(create(world, { EventSourceArn }), unrecognized);
      const EventSourceArn = arnOf('sqs', 'queue');
      await fails(
        create(world, { ...SOURCES.kafka(world), EventSourceArn }),
        invalidParameter('EventSourceArn and SelfManagedEventSource can not be given together.'),
      );
      await fails(
        create(world, { EventSourceArn: EventSourceArn.replace('us-east-1', 'eu-west-1') }),
        invalidParameter('The event source must be in the same region as the function.'),
      );
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'a table can not be read from a point in time',
    run: async (world) => {
      const source = await makeSource(world, {
        ...SOURCES.table(world),
        StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: new Date(0),
      } as const);
      await fails(
        create(world, source),
        invalidParameter(`Unsupported starting position for arn type: ${source.EventSourceArn}`),
      );
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'limits of the service model',
    run: async (world) => {
      const FunctionName = await target(world);
      const refused = async (member: object, message: RegExp): Promise<void> => {
        const input = { FunctionName, ...SOURCES.queue(world), ...member };
        await fails(create(world, input as Source), { code: 'ValidationException', status: 400, message });
      };
      await refused({ BatchSize: 0 }, /^1 validation error detected: Value '0' at 'batchSize' failed .*than or equal to 1$/);
      await refused({ BatchSize: 10_001 }, /at 'batchSize' failed to satisfy constraint: .*less than or equal to 10000$/);
      await refused({ MaximumBatchingWindowInSeconds: 301 }, /at 'maximumBatchingWindowInSeconds' .*less than or equal to 300$/);
      await refused({ ParallelizationFactor: 11 }, /at 'parallelizationFactor' .*less than or equal to 10$/);
      await refused({ TumblingWindowInSeconds: 901 }, /at 'tumblingWindowInSeconds' .*less than or equal to 900$/);
      await refused({ MaximumRetryAttempts: 10_001 }, /at 'maximumRetryAttempts' .*less than or equal to 10000$/);
      await refused({ ScalingConfig: { MaximumConcurrency: 1 } }, /at 'scalingConfig\.maximumConcurrency' .*or equal to 2$/);
      await refused({ Topics: ['a1', 'b1'] }, /at 'topics' failed to satisfy constraint: .*length less than or equal to 1$/);
      await refused(filters('x'.repeat(4_097)), /filterCriteria\.filters.*pattern' failed .*less than or equal to 4096$/);
      await refused({ StartingPosition: 'NOW' }, /^1 validation error detected: Value 'NOW' at 'startingPosition' failed .*enum/);
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'all operators of patterns, up to five filters',
    run: async (world) => {
      const patterns = [
        '{"body":{"a":["x",5,true,null,""]},"$or":[{"messageId":["1"]},{"eventSource":["2"]}]}',
        '{"body":{"a":[{"prefix":"x"},{"suffix":"y"},{"equals-ignore-case":"Z"},{"wildcard":"a*b"},{"cidr":"10.0.0.0/8"}]}}',
        '{"body":{"a":[{"anything-but":["x"]},{"anything-but":{"prefix":"a"}},{"exists":false}]}}',
        '{"body":{"a":[{"numeric":[">",0,"<=",5]}],"b.c":[{"numeric":["=",1]}]}}',
        '{"body":["plain text"]}',
      ];
      await settled(world, { ...SOURCES.queue(world), ...filters(...patterns), Enabled: false });
      await settled(world, {
        ...SOURCES.table(world),
        ...filters('{"dynamodb":{"NewImage":{"a":{"N":["5"]}}}}'),
        Enabled: false,
      });
      await settled(world, { ...SOURCES.kinesis(world), ...filters('{"partitionKey":["1"]}'), Enabled: false });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'a queue with provisioned pollers, a stream consumer, and a broker with a virtual host are sources',
    run: async (world) => {
      await settled(world, { ...SOURCES.fifo(world), ProvisionedPollerConfig: { MaximumPollers: 10 }, Enabled: false });
      const { EventSourceArn: StreamARN } = await makeSource(world, SOURCES.kinesis(world));
      const { json } = await eventually(
        () => kinesis(world, 'RegisterStreamConsumer', { StreamARN, ConsumerName: 'c' }),
        ({ status }) => status === 200,
      );
      const { ConsumerARN: EventSourceArn } = json['Consumer'] as { ConsumerARN: string };
      await settled(world, { ...SOURCES.kinesis(world), EventSourceArn, Enabled: false });
      const host = access(['BASIC_AUTH', SECRET], ['VIRTUAL_HOST', '/']);
      await settled(world, { ...SOURCES.mq(world), ...host, Enabled: false });
      const iam = access(['IAM_OAUTHBEARER_AUTH'], ['OAUTHBEARER_AUDIENCE', 'audience']);
      await settled(world, { ...SOURCES.kafka(world), ...iam, Enabled: false });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'a stream of Kinesis, and a consumer of one, must be there',
    run: async (world) => {
      const FunctionName = await target(world);
      const source = SOURCES.kinesis(world);
      for (const EventSourceArn of [source.EventSourceArn, `${source.EventSourceArn}/consumer/c:1700000000`])
        await fails(
          world.map({ ...source, EventSourceArn, FunctionName }),
          invalidParameter(`Stream not found: ${EventSourceArn}`),
        );
      await makeSource(world, source);
      const EventSourceArn = `${source.EventSourceArn}/consumer/c:1700000000`;
      await fails(
        world.map({ ...source, EventSourceArn, FunctionName }),
        invalidParameter(`Stream not found: ${EventSourceArn}`),
      );
      await settled(world, source);
    },
  },
];
