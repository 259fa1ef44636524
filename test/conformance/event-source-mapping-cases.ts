import assert from 'node:assert/strict';
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  type KafkaSchemaRegistryConfig,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-lambda';
import {
  arnOf,
  bodyOf,
  create,
  invalidParameter,
  makeSource,
  reach,
  SECRET,
  settled,
  type Source,
  SOURCES,
  target,
} from './event-source-fixture.ts';
import { EVENT_SOURCE_LIFE_CASES } from './event-source-life-cases.ts';
import { EVENT_SOURCE_QUEUE_CASES } from './event-source-queue-cases.ts';
import { EVENT_SOURCE_RULE_CASES } from './event-source-rule-cases.ts';
import { type ConformanceCase, fails, type World } from './world.ts';

const STREAM_DEFAULTS = {
  BatchSize: 100,
  BisectBatchOnFunctionError: false,
  DestinationConfig: { OnFailure: {} },
  FunctionResponseTypes: [],
  LastProcessingResult: 'No records processed',
  MaximumBatchingWindowInSeconds: 0,
  MaximumRecordAgeInSeconds: -1,
  MaximumRetryAttempts: -1,
  ParallelizationFactor: 1,
  TumblingWindowInSeconds: 0,
  State: 'Creating',
  StateTransitionReason: 'User action',
};
const OTHER_DEFAULTS = {
  BatchSize: 100,
  LastProcessingResult: 'No records processed',
  State: 'Creating',
  StateTransitionReason: 'USER_INITIATED',
};

/** The whole answer to the smallest request for each kind of source. */
const DEFAULTS: readonly (readonly [string, (world: World) => Source, (uuid: string) => object])[] = [
  [
    'a queue',
    SOURCES.queue,
    () => ({
      BatchSize: 10,
      FunctionResponseTypes: [],
      MaximumBatchingWindowInSeconds: 0,
      State: 'Creating',
      StateTransitionReason: 'USER_INITIATED',
    }),
  ],
  ['a Kinesis stream', SOURCES.kinesis, () => STREAM_DEFAULTS],
  ['a table', SOURCES.table, () => STREAM_DEFAULTS],
  ['MSK', SOURCES.msk, (uuid) => ({ ...OTHER_DEFAULTS, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid } })],
  ['Kafka', SOURCES.kafka, (uuid) => ({ ...OTHER_DEFAULTS, SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: uuid } })],
  ['a message broker', SOURCES.mq, () => OTHER_DEFAULTS],
  ['a document database', SOURCES.documents, () => OTHER_DEFAULTS],
];

const ANSWERS: readonly ConformanceCase[] = DEFAULTS.map(([what, source, defaults]) => ({
  operation: 'CreateEventSourceMapping',
  name: `the whole answer for ${what}, and the state that follows`,
  run: async (world) => {
    const input = await makeSource(world, source(world));
    const answer = await create(world, input);
    const expected = { ...input, FunctionArn: world.arn(`function:${await target(world)}`), ...defaults(answer.UUID ?? '') };
    assert.deepEqual(bodyOf(world, answer), expected);
    assert.deepEqual(bodyOf(world, await reach(world, answer.UUID, 'Enabled')), { ...expected, State: 'Enabled' });
  },
}));

const CREATE: readonly ConformanceCase[] = [
  ...ANSWERS,
  {
    operation: 'CreateEventSourceMapping',
    name: 'answers 202, says what is stored only of a source that is not polled, and spells times as numbers',
    run: async (world) => {
      const FunctionName = await target(world);
      const source = { ...SOURCES.msk(world), StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000.5 };
      for (const path of ['/2015-03-31/event-source-mappings', '/2015-03-31/event-source-mappings/']) {
        const { EventSourceArn } = SOURCES.msk(world);
        const answer = await world.raw('POST', path, { ...source, EventSourceArn, FunctionName });
        assert.equal(answer.status, 202, answer.text);
        assert.equal(answer.headers['x-lambkin-stored-only'], 'EventSourceArn, Topics');
        assert.equal(answer.json['StartingPositionTimestamp'], 1_700_000_000.5);
        assert.equal(typeof answer.json['LastModified'], 'number');
      }
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'what is given is answered, and what is empty is not there',
    run: async (world) => {
      const FunctionArn = world.arn(`function:${await target(world)}`);
      const stream = {
        ...SOURCES.kinesis(world),
        BatchSize: 10_000,
        MaximumBatchingWindowInSeconds: 300,
        ParallelizationFactor: 10,
        TumblingWindowInSeconds: 900,
        MaximumRecordAgeInSeconds: 604_800,
        MaximumRetryAttempts: 10_000,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'] satisfies Source['FunctionResponseTypes'],
        DestinationConfig: { OnFailure: { Destination: arnOf('sqs', 'failed') } },
        FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["a"]}}' }] },
        MetricsConfig: { Metrics: ['EventCount'] } satisfies Source['MetricsConfig'],
      };
      assert.deepEqual(bodyOf(world, await create(world, stream)), {
        ...stream,
        FunctionArn,
        LastProcessingResult: 'No records processed',
        State: 'Creating',
        StateTransitionReason: 'User action',
      });
      const queue = SOURCES.queue(world);
      const answer = await create(world, {
        ...queue,
        FilterCriteria: { Filters: [] },
        ScalingConfig: {},
        ProvisionedPollerConfig: {},
        MetricsConfig: { Metrics: [] },
        SourceAccessConfigurations: [],
        KMSKeyArn: '',
      });
      assert.deepEqual(bodyOf(world, answer), {
        ...queue,
        FunctionArn,
        BatchSize: 10,
        FunctionResponseTypes: [],
        MaximumBatchingWindowInSeconds: 0,
        State: 'Creating',
        StateTransitionReason: 'USER_INITIATED',
      });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'all of Kafka: pollers with their defaults, logging, a schema registry, a topic for what failed',
    run: async (world) => {
      const registry: KafkaSchemaRegistryConfig = {
        SchemaRegistryURI: 'https://registry.example.com',
        EventRecordFormat: 'JSON',
        AccessConfigs: [{ Type: 'BASIC_AUTH', URI: SECRET }],
        SchemaValidationConfigs: [{ Attribute: 'VALUE' }],
      };
      const input: Source = {
        ...SOURCES.kafka(world),
        SourceAccessConfigurations: [
          { Type: 'SASL_SCRAM_512_AUTH', URI: SECRET },
          { Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' },
          { Type: 'VPC_SUBNET', URI: 'subnet:subnet-2' },
          { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-1' },
        ],
        DestinationConfig: { OnFailure: { Destination: 'kafka://failed' } },
        MaximumRetryAttempts: 3,
        LoggingConfig: { SystemLogLevel: 'DEBUG' },
        MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: world.unique('group'), SchemaRegistryConfig: registry },
      };
      const answer = await create(world, { ...input, ProvisionedPollerConfig: { MinimumPollers: 3, PollerGroupName: 'group' } });
      assert.deepEqual(bodyOf(world, answer), {
        ...input,
        ...OTHER_DEFAULTS,
        FunctionArn: world.arn(`function:${await target(world)}`),
        ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 200, PollerGroupName: 'group' },
      });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'a share group has no starting position',
    run: async (world) => {
      const { StartingPosition: _position, ...source } = SOURCES.kafka(world);
      const answer = await create(world, { ...source, SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } });
      assert.deepEqual(answer.SelfManagedKafkaEventSourceConfig, { ConsumerGroupId: answer.UUID, ConsumptionMode: 'Queue' });
      assert.equal(answer.StartingPosition, undefined);
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'a mapping that is not enabled is disabled at once',
    run: async (world) => {
      const answer = await create(world, { ...SOURCES.queue(world), Enabled: false });
      assert.equal(answer.State, 'Disabled');
      assert.equal((await world.lambda.send(new GetEventSourceMappingCommand({ UUID: answer.UUID }))).State, 'Disabled');
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'the function is answered as it was named: with its version or alias, if any',
    run: async (world) => {
      const FunctionName = await world.function();
      await world.lambda.send(new PublishVersionCommand({ FunctionName }));
      await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
      const source = SOURCES.queue(world);
      const own = world.arn(`function:${FunctionName}`);
      for (const [given, answered] of [
        [FunctionName, own],
        [`${FunctionName}:1`, `${own}:1`],
        [`${own}:live`, `${own}:live`],
        [`${FunctionName}:$LATEST`, `${own}:$LATEST`],
      ] as const)
        assert.equal((await create(world, { ...source, FunctionName: given })).FunctionArn, answered);
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'functions, versions and aliases that are not there',
    run: async (world) => {
      const FunctionName = await target(world);
      const source = SOURCES.queue(world);
      for (const name of [world.unique('missing'), `${FunctionName}:77`, `${FunctionName}:nope`]) {
        await fails(create(world, { ...source, FunctionName: name }), {
          ...invalidParameter('Function does not exist'),
          type: 'User',
        });
      }
      await fails(world.lambda.send(new CreateEventSourceMappingCommand({ ...source, FunctionName: undefined })), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value null at 'functionName' failed to satisfy constraint: Member must not be null",
      });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'tags are kept on the ARN of the mapping, and survive what happens to it',
    run: async (world) => {
      const UUID = await settled(world, { ...SOURCES.queue(world), Tags: { team: 'a' } });
      const Resource = world.arn(`event-source-mapping:${UUID}`);
      await world.lambda.send(new TagResourceCommand({ Resource, Tags: { stage: 'test' } }));
      const { Tags } = await world.lambda.send(new ListTagsCommand({ Resource }));
      assert.deepEqual(Tags, { team: 'a', stage: 'test' });
      assert.equal((await reach(world, UUID, 'Enabled')).State, 'Enabled');
      const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key-${index}`, '']));
      await fails(create(world, { ...SOURCES.queue(world), Tags: many }), {
        code: 'InvalidParameterValueException',
        status: 400,
      });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'one mapping for a source and a function, in the words of each source',
    run: async (world) => {
      const FunctionName = await target(world);
      const conflict = (message: string) => ({ code: 'ResourceConflictException', status: 409, message, type: 'User' }) as const;
      const queue = SOURCES.queue(world);
      const first = await create(world, queue);
      await fails(
        create(world, queue),
        conflict(
          `An event source mapping with SQS arn (" ${queue.EventSourceArn} ") and function (" ${FunctionName} ") already exists. Please update or delete the existing mapping with UUID ${first.UUID}`,
        ),
      );
      for (const given of [SOURCES.kinesis(world), SOURCES.table(world), SOURCES.mq(world), SOURCES.documents(world)]) {
        const source: Source = await makeSource(world, given);
        const { UUID } = await create(world, source);
        await fails(
          create(world, source),
          conflict(
            `The event source arn (" ${source.EventSourceArn} ") and function (" ${FunctionName} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${UUID}`,
          ),
        );
      }
      const servers = [`${world.unique('b')}.example.com:9092`, `${world.unique('b')}.example.com:9092`];
      const kafka = (list: string[]) => ({
        ...SOURCES.kafka(world),
        SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: list } },
      });
      const { UUID, FunctionArn } = await create(world, kafka(servers));
      const turned = servers.toReversed();
      await fails(
        create(world, kafka(turned)),
        conflict(
          `An event source mapping with event source ("${turned.join(',')}"), function ("${FunctionArn}"), topics ("topic") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
        ),
      );
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'other functions, aliases, topics and queues of the same source are no duplicates; a consumer group is unique',
    run: async (world) => {
      const FunctionName = await target(world);
      const queue = SOURCES.queue(world);
      await create(world, queue);
      await create(world, { ...queue, FunctionName: await world.function() });
      await create(world, { ...queue, FunctionName: `${FunctionName}:$LATEST` });
      const msk = SOURCES.msk(world);
      await create(world, msk);
      await create(world, { ...msk, Topics: ['other'] });
      const mq = SOURCES.mq(world);
      await create(world, mq);
      await create(world, { ...mq, Queues: ['other'] });
      const ConsumerGroupId = world.unique('group');
      const first = await create(world, { ...SOURCES.msk(world), AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId } });
      await fails(create(world, { ...SOURCES.kafka(world), SelfManagedKafkaEventSourceConfig: { ConsumerGroupId } }), {
        code: 'ResourceConflictException',
        status: 409,
        message: `An event source mapping with consumer group ("${ConsumerGroupId}") already exists. Please update or delete the existing mapping with UUID ${first.UUID}`,
      });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'of many made at the same moment one wins',
    run: async (world) => {
      const source = SOURCES.queue(world);
      await target(world);
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => create(world, source)));
      const refused = results.filter((result) => result.status === 'rejected');
      assert.equal(refused.length, 7);
      for (const { reason } of refused) assert.equal((reason as Error).name, 'ResourceConflictException');
    },
  },
];

const READ: readonly ConformanceCase[] = [
  {
    operation: 'GetEventSourceMapping',
    name: 'an unknown UUID, and one of the wrong length',
    run: async (world) => {
      const get = (UUID: string) => world.lambda.send(new GetEventSourceMappingCommand({ UUID }));
      await fails(get('00000000-0000-4000-8000-000000000000'), {
        code: 'ResourceNotFoundException',
        status: 404,
        message: 'The resource you requested does not exist.',
        type: 'User',
      });
      await fails(get('short'), {
        code: 'ValidationException',
        status: 400,
        message: /^1 validation error detected: Value 'short' at 'uUID' failed to satisfy constraint: /,
      });
    },
  },
  {
    operation: 'GetEventSourceMapping',
    name: 'a mapping stays when its function goes, and shows filters whatever key they are under',
    run: async (world) => {
      const FunctionName = await world.function();
      const FilterCriteria = { Filters: [{ Pattern: '{"body":["x"]}' }] };
      const KMSKeyArn = arnOf('kms', 'key/0');
      const UUID = await settled(world, { ...SOURCES.queue(world), FunctionName, FilterCriteria, KMSKeyArn });
      await world.lambda.send(new DeleteFunctionCommand({ FunctionName }));
      const answer = await world.lambda.send(new GetEventSourceMappingCommand({ UUID }));
      assert.deepEqual([answer.State, answer.FilterCriteria, answer.KMSKeyArn], ['Enabled', FilterCriteria, KMSKeyArn]);
      assert.equal(answer.FunctionArn, world.arn(`function:${FunctionName}`));
    },
  },
];

/** Cases of this kind of operation. */
export const EVENT_SOURCE_MAPPING_CASES: readonly ConformanceCase[] = [
  ...CREATE,
  ...READ,
  ...EVENT_SOURCE_RULE_CASES,
  ...EVENT_SOURCE_QUEUE_CASES,
  ...EVENT_SOURCE_LIFE_CASES,
];
