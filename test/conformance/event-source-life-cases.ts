import assert from 'node:assert/strict';
import {
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  type ListEventSourceMappingsCommandInput,
} from '@aws-sdk/client-lambda';
import {
  arnOf,
  bodyOf,
  create,
  invalidParameter,
  reach,
  settled,
  SOURCES,
  target,
  unsupported,
  update,
} from './event-source-fixture.ts';
import { type ConformanceCase, eventually, fails, type World } from './world.ts';

const NOT_THERE = {
  code: 'ResourceNotFoundException',
  status: 404,
  message: 'The resource you requested does not exist.',
} as const;

const UPDATE: readonly ConformanceCase[] = [
  {
    operation: 'UpdateEventSourceMapping',
    name: 'answers 202 with the new settings and Updating, and is Enabled again',
    run: async (world) => {
      const source = SOURCES.kinesis(world);
      const UUID = await settled(world, source);
      const answer = await world.raw('PUT', `/2015-03-31/event-source-mappings/${UUID}`, {
        BatchSize: 5,
        ParallelizationFactor: 2,
      });
      assert.deepEqual([answer.status, answer.json['State'], answer.json['BatchSize']], [202, 'Updating', 5]);
      assert.equal(answer.headers['x-lambkin-stored-only'], undefined);
      assert.deepEqual(bodyOf(world, await reach(world, UUID, 'Enabled')), {
        ...source,
        FunctionArn: world.arn(`function:${await target(world)}`),
        BatchSize: 5,
        BisectBatchOnFunctionError: false,
        DestinationConfig: { OnFailure: {} },
        FunctionResponseTypes: [],
        LastProcessingResult: 'No records processed',
        MaximumBatchingWindowInSeconds: 0,
        MaximumRecordAgeInSeconds: -1,
        MaximumRetryAttempts: -1,
        ParallelizationFactor: 2,
        TumblingWindowInSeconds: 0,
        State: 'Enabled',
        StateTransitionReason: 'User action',
      });
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'Enabled goes through Disabling and Enabling; what is disabled stays so',
    run: async (world) => {
      const UUID = await settled(world, SOURCES.queue(world));
      assert.equal((await update(world, UUID, { Enabled: false })).State, 'Disabling');
      await reach(world, UUID, 'Disabled');
      const changed = await update(world, UUID, { BatchSize: 3 });
      assert.deepEqual([changed.State, changed.BatchSize], ['Disabled', 3]);
      assert.equal((await update(world, UUID, { Enabled: true })).State, 'Enabling');
      assert.equal((await reach(world, UUID, 'Enabled')).BatchSize, 3);
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'what is given empty is taken away',
    run: async (world) => {
      const queue = await settled(world, {
        ...SOURCES.queue(world),
        Enabled: false,
        FilterCriteria: { Filters: [{ Pattern: '{"body":["x"]}' }] },
        ScalingConfig: { MaximumConcurrency: 5 },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MetricsConfig: { Metrics: ['EventCount'] },
        KMSKeyArn: arnOf('kms', 'key/0'),
      });
      const answer = await update(world, queue, {
        FilterCriteria: {},
        ScalingConfig: {},
        FunctionResponseTypes: [],
        MetricsConfig: { Metrics: [] },
        KMSKeyArn: '',
        ProvisionedPollerConfig: { MaximumPollers: 7 },
      });
      assert.deepEqual(
        [answer.FilterCriteria, answer.ScalingConfig, answer.FunctionResponseTypes, answer.MetricsConfig, answer.KMSKeyArn],
        [undefined, undefined, [], undefined, undefined],
      );
      assert.deepEqual(answer.ProvisionedPollerConfig, { MinimumPollers: 2, MaximumPollers: 7 });
      const more = await update(world, queue, { ProvisionedPollerConfig: { MinimumPollers: 4 } });
      assert.deepEqual(more.ProvisionedPollerConfig, { MinimumPollers: 4, MaximumPollers: 7 });
      assert.equal((await update(world, queue, { ProvisionedPollerConfig: {} })).ProvisionedPollerConfig, undefined);
      const stream = await settled(world, {
        ...SOURCES.table(world),
        Enabled: false,
        DestinationConfig: { OnFailure: { Destination: arnOf('sns', 'failed') } },
      });
      const without = await update(world, stream, { DestinationConfig: { OnFailure: { Destination: '' } } });
      assert.deepEqual(without.DestinationConfig, { OnFailure: {} });
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'the consumer group stays, also when it is given as it is; an empty schema registry is taken away',
    run: async (world) => {
      const UUID = await settled(world, {
        ...SOURCES.msk(world),
        Enabled: false,
        ProvisionedPollerConfig: { MinimumPollers: 1 },
        AmazonManagedKafkaEventSourceConfig: {
          SchemaRegistryConfig: {
            SchemaRegistryURI: arnOf('glue', 'registry/r'),
            EventRecordFormat: 'SOURCE',
            SchemaValidationConfigs: [{ Attribute: 'KEY' }],
          },
        },
      });
      await fails(
        update(world, UUID, { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: UUID } }),
        unsupported("'amazonManagedKafkaEventSourceConfig.consumerGroupId'"),
      );
      const kept = await update(world, UUID, { AmazonManagedKafkaEventSourceConfig: {} });
      assert.equal(kept.AmazonManagedKafkaEventSourceConfig?.SchemaRegistryConfig?.EventRecordFormat, 'SOURCE');
      const gone = await update(world, UUID, { AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: {} } });
      assert.deepEqual(gone.AmazonManagedKafkaEventSourceConfig, { ConsumerGroupId: UUID });
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'another function, which must exist and not have the source already',
    run: async (world) => {
      const source = SOURCES.queue(world);
      const [one, other] = [await world.function(), await world.function()];
      const first = await settled(world, { ...source, FunctionName: one, Enabled: false });
      const second = await settled(world, { ...source, FunctionName: other, Enabled: false });
      await fails(update(world, first, { FunctionName: world.unique('missing') }), invalidParameter('Function does not exist'));
      await fails(update(world, first, { FunctionName: other }), {
        code: 'ResourceConflictException',
        status: 409,
        message: `An event source mapping with SQS arn (" ${source.EventSourceArn} ") and function (" ${other} ") already exists. Please update or delete the existing mapping with UUID ${second}`,
      });
      const third = await world.function();
      const moved = await update(world, first, { FunctionName: third });
      assert.equal(moved.FunctionArn, world.arn(`function:${third}`));
      const list = (FunctionName: string) => world.lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
      assert.deepEqual((await list(one)).EventSourceMappings, []);
      assert.deepEqual(
        (await list(third)).EventSourceMappings?.map(({ UUID }) => UUID),
        [first],
      );
      await create(world, { ...source, FunctionName: one });
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'the rules hold for what the mapping would be',
    run: async (world) => {
      const UUID = await settled(world, { ...SOURCES.queue(world), Enabled: false });
      const window = 'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10';
      await fails(update(world, UUID, { BatchSize: 15 }), invalidParameter(window));
      await update(world, UUID, { BatchSize: 15, MaximumBatchingWindowInSeconds: 1 });
      await fails(update(world, UUID, { MaximumBatchingWindowInSeconds: 0 }), invalidParameter(window));
      await fails(
        update(world, UUID, { FilterCriteria: { Filters: [{ Pattern: '"text"' }] } }),
        invalidParameter('Invalid filter pattern definition.'),
      );
      await fails(update(world, UUID, { ParallelizationFactor: 2 }), unsupported("'parallelizationFactor'"));
      await fails(
        update(world, UUID, { DestinationConfig: { OnFailure: { Destination: arnOf('sqs', 'failed') } } }),
        unsupported('DestinationConfig'),
      );
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'an unknown UUID, and a mapping that is busy',
    run: async (world) => {
      await fails(update(world, '00000000-0000-4000-8000-000000000000', { BatchSize: 1 }), NOT_THERE);
      const UUID = await settled(world, SOURCES.queue(world));
      const error = await refusal(() => update(world, UUID, { BatchSize: 2 }));
      assert.equal(error.name, 'ResourceInUseException');
      assert.equal(error.$metadata.httpStatusCode, 400);
      assert.equal(error.message, 'Cannot update the event source mapping because it is in use.');
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'of updates at the same moment none is lost: each is refused or done',
    run: async (world) => {
      const UUID = await settled(world, { ...SOURCES.kinesis(world), Enabled: false });
      await Promise.all([
        update(world, UUID, { BatchSize: 7 }),
        update(world, UUID, { ParallelizationFactor: 3 }),
        update(world, UUID, { MaximumRetryAttempts: 4 }),
      ]);
      const { BatchSize, ParallelizationFactor, MaximumRetryAttempts } = await reach(world, UUID, 'Disabled');
      assert.deepEqual([BatchSize, ParallelizationFactor, MaximumRetryAttempts], [7, 3, 4]);
    },
  },
];

const DELETE: readonly ConformanceCase[] = [
  {
    operation: 'DeleteEventSourceMapping',
    name: 'answers 202 with the mapping, which is Deleting and then gone with all that pointed to it',
    run: async (world) => {
      const source = SOURCES.queue(world);
      const UUID = await settled(world, source);
      const { $metadata, ...answer } = await world.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
      assert.equal($metadata.httpStatusCode, 202);
      assert.deepEqual(bodyOf(world, answer), {
        ...source,
        FunctionArn: world.arn(`function:${await target(world)}`),
        BatchSize: 10,
        FunctionResponseTypes: [],
        MaximumBatchingWindowInSeconds: 0,
        State: 'Deleting',
        StateTransitionReason: 'USER_INITIATED',
      });
      await gone(world, UUID);
      await fails(world.lambda.send(new DeleteEventSourceMappingCommand({ UUID })), NOT_THERE);
      const left = await world.lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: source.EventSourceArn }));
      assert.deepEqual(left.EventSourceMappings, []);
      await create(world, source);
    },
  },
  {
    operation: 'DeleteEventSourceMapping',
    name: 'a mapping that is disabled is deleted likewise, one that is busy is not',
    run: async (world) => {
      const disabled = await settled(world, { ...SOURCES.queue(world), Enabled: false });
      assert.equal((await world.lambda.send(new DeleteEventSourceMappingCommand({ UUID: disabled }))).State, 'Deleting');
      await gone(world, disabled);
      const error = await refusal(async () => {
        const { UUID } = await create(world, SOURCES.queue(world));
        await world.lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
      });
      assert.equal(error.name, 'ResourceInUseException');
      assert.equal(error.message, 'Cannot delete the event source mapping because it is in use.');
    },
  },
];

const LIST: readonly ConformanceCase[] = [
  {
    operation: 'ListEventSourceMappings',
    name: 'by source, by function, by both; unknown ones give an empty list',
    run: async (world) => {
      const [one, other] = [await world.function(), await world.function()];
      const [queue, stream] = [SOURCES.queue(world), SOURCES.kinesis(world)];
      const make = (source: object, FunctionName: string) => settled(world, { ...source, FunctionName, Enabled: false });
      const [a, b, c] = [await make(queue, one), await make(stream, one), await make(queue, other)];
      const qualified = await make(queue, `${one}:$LATEST`);
      assert.deepEqual(await uuids(world, { EventSourceArn: queue.EventSourceArn }), [a, c, qualified].toSorted());
      assert.deepEqual(await uuids(world, { FunctionName: one }), [a, b].toSorted());
      assert.deepEqual(await uuids(world, { FunctionName: world.arn(`function:${one}:$LATEST`) }), [qualified]);
      assert.deepEqual(await uuids(world, { FunctionName: one, EventSourceArn: stream.EventSourceArn }), [b]);
      assert.deepEqual(await uuids(world, { FunctionName: other, EventSourceArn: stream.EventSourceArn }), []);
      assert.deepEqual(await uuids(world, { FunctionName: world.unique('missing') }), []);
      assert.deepEqual(await uuids(world, { EventSourceArn: arnOf('sqs', world.unique('missing')) }), []);
      const all = await uuids(world, {});
      for (const uuid of [a, b, c, qualified]) assert.ok(all.includes(uuid));
    },
  },
  {
    operation: 'ListEventSourceMappings',
    name: 'an item is what Get answers, but for filters under a key of the user',
    run: async (world) => {
      const FunctionName = await world.function();
      const FilterCriteria = { Filters: [{ Pattern: '{"body":["x"]}' }] };
      const UUID = await settled(world, { ...SOURCES.queue(world), FunctionName, FilterCriteria, Enabled: false });
      const { $metadata: _, ...got } = await world.lambda.send(new GetEventSourceMappingCommand({ UUID }));
      const list = new ListEventSourceMappingsCommand({ FunctionName });
      assert.deepEqual((await world.lambda.send(list)).EventSourceMappings, [got]);
      await update(world, UUID, { KMSKeyArn: arnOf('kms', 'key/0') });
      const [item] = (await world.lambda.send(list)).EventSourceMappings ?? [];
      assert.deepEqual([item?.UUID, item?.KMSKeyArn, item?.FilterCriteria], [UUID, arnOf('kms', 'key/0'), undefined]);
    },
  },
  {
    operation: 'ListEventSourceMappings',
    name: 'pages hold at most what was asked for, and lead to every mapping once',
    run: async (world) => {
      const FunctionName = await world.function();
      const made: string[] = [];
      for (let count = 0; count < 5; count += 1)
        made.push(await settled(world, { ...SOURCES.queue(world), FunctionName, Enabled: false }));
      assert.deepEqual(await uuids(world, { FunctionName, MaxItems: 2 }), made.toSorted());
      const all = await uuids(world, { MaxItems: 100 });
      assert.deepEqual(await uuids(world, { MaxItems: 10_000 }), all);
      const few = await world.lambda.send(new ListEventSourceMappingsCommand({ FunctionName, MaxItems: 2 }));
      assert.equal(few.EventSourceMappings?.length, 2);
      await fails(world.lambda.send(new ListEventSourceMappingsCommand({ Marker: 'x' })), {
        code: 'InvalidParameterValueException',
        status: 400,
      });
      const one = await world.lambda.send(new ListEventSourceMappingsCommand({ FunctionName, MaxItems: 5 }));
      assert.equal(one.NextMarker, undefined);
    },
  },
];

/** The UUIDs of all pages, in order; each must be there once. */
async function uuids(world: World, input: ListEventSourceMappingsCommandInput): Promise<string[]> {
  const found: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await world.lambda.send(new ListEventSourceMappingsCommand({ ...input, Marker }));
    found.push(...(page.EventSourceMappings ?? []).map(({ UUID = '' }) => UUID));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  assert.equal(new Set(found).size, found.length);
  return found.toSorted();
}

function gone(world: World, UUID: string): Promise<unknown> {
  return eventually(
    () =>
      world.lambda.send(new GetEventSourceMappingCommand({ UUID })).then(
        ({ State }) => State,
        (error: Error) => error.name,
      ),
    (state) => {
      assert.ok(state === 'Deleting' || state === 'ResourceNotFoundException', state);
      return state === 'ResourceNotFoundException';
    },
  );
}

interface Refusal {
  readonly name: string;
  readonly message: string;
  readonly $metadata: { readonly httpStatusCode: number };
}

/** Calls until a call is refused: how soon a mapping settles is not ours to decide. */
async function refusal(call: () => Promise<unknown>): Promise<Refusal> {
  const found = await eventually(
    () =>
      call().then(
        () => undefined,
        (error: Refusal) => error,
      ),
    (error) => error !== undefined,
  );
  assert.ok(found);
  return found;
}

/** Cases of how mappings change, end and are found. */
export const EVENT_SOURCE_LIFE_CASES: readonly ConformanceCase[] = [...UPDATE, ...DELETE, ...LIST];
