import assert from 'node:assert/strict';
import { UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, DeleteQueueCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions } from '../e2e/server.ts';
import { create, invalidParameter, makeSource, reach, settled, type Source, SOURCES, update } from './event-source-fixture.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, type World } from './world.ts';

const NO_QUEUE = {
  ...invalidParameter(
    'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
  ),
  type: 'User',
};
const tooShort = (visible: number, timeout: number) =>
  invalidParameter(`Queue visibility timeout: ${visible} seconds is less than Function timeout: ${timeout} seconds`);

const KINDS: readonly (readonly [string, (world: World) => Source])[] = [
  ['a queue', SOURCES.queue],
  ['a FIFO queue', SOURCES.fifo],
];

const nameOf = ({ EventSourceArn = '' }: Source): string => EventSourceArn.slice(EventSourceArn.lastIndexOf(':') + 1);
const urlOf = (world: World, source: Source): string => `${world.server.endpoint}/${ACCOUNT}/${nameOf(source)}`;

async function setVisibility(world: World, source: Source, seconds: number): Promise<void> {
  const Attributes = { VisibilityTimeout: String(seconds) };
  await world.sqs.send(new SetQueueAttributesCommand({ QueueUrl: urlOf(world, source), Attributes }));
}

const CREATE: readonly ConformanceCase[] = KINDS.flatMap(([what, sourceOf]): ConformanceCase[] => [
  {
    operation: 'CreateEventSourceMapping',
    name: `${what} must exist, whether the mapping is enabled or not`,
    run: async (world) => {
      const [FunctionName, source] = [await world.function(), sourceOf(world)];
      for (const Enabled of [true, false]) await fails(world.map({ ...source, FunctionName, Enabled }), NO_QUEUE);
      // Told after everything that is wrong with the request itself, and after the function.
      await fails(world.map({ ...source, FunctionName, BatchSize: 10_000 }), { ...invalidParameter(''), message: /batch/i });
      await fails(world.map({ ...source, FunctionName: world.unique('none') }), invalidParameter('Function does not exist'));
      await makeSource(world, source);
      assert.equal((await world.map({ ...source, FunctionName })).State, 'Creating');
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: `${what} must hide messages for as long as the function may run`,
    run: async (world) => {
      const source = await makeSource(world, sourceOf(world));
      await setVisibility(world, source, 29);
      const FunctionName = await world.function({ Timeout: 30 });
      await fails(create(world, { ...source, FunctionName }), { ...tooShort(29, 30), type: 'User' });
      await setVisibility(world, source, 30);
      await create(world, { ...source, FunctionName });
    },
  },
]);

const OTHERS: readonly ConformanceCase[] = [
  {
    operation: 'CreateEventSourceMapping',
    name: 'the timeout that counts is the one of the version or alias that is mapped',
    run: async (world) => {
      const source = await makeSource(world, SOURCES.queue(world));
      const FunctionName = await world.function({ Timeout: 60, Publish: true });
      await world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 10 }));
      await waitUntilFunctionUpdatedV2({ client: world.lambda, maxWaitTime: 20, minDelay: 0.02 }, { FunctionName });
      await fails(create(world, { ...source, FunctionName: `${FunctionName}:1` }), tooShort(30, 60));
      await create(world, { ...source, FunctionName });
    },
  },
  {
    operation: 'CreateEventSourceMapping',
    name: 'a queue of another account is a source, if it is there',
    run: async (world) => {
      const [account, QueueName] = ['111122223333', world.unique('queue')];
      const EventSourceArn = `arn:aws:sqs:${REGION}:${account}:${QueueName}`;
      const FunctionName = await world.function();
      await fails(world.map({ EventSourceArn, FunctionName }), NO_QUEUE);
      const credentials = { accessKeyId: account, secretAccessKey: 'test' };
      const theirs = new SQSClient({ ...clientOptions(world.server), credentials });
      await theirs.send(new CreateQueueCommand({ QueueName }));
      theirs.destroy();
      await world.map({ EventSourceArn, FunctionName });
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'a queue that is gone: what is enabled can be disabled, and not be changed or enabled again until it is back',
    run: async (world) => {
      const source = SOURCES.queue(world);
      const UUID = await settled(world, source);
      await world.sqs.send(new DeleteQueueCommand({ QueueUrl: urlOf(world, source) }));
      await fails(update(world, UUID, { BatchSize: 5 }), NO_QUEUE);
      assert.equal((await update(world, UUID, { Enabled: false })).State, 'Disabling');
      await reach(world, UUID, 'Disabled');
      assert.equal((await update(world, UUID, { BatchSize: 5 })).BatchSize, 5);
      await fails(update(world, UUID, { Enabled: true }), NO_QUEUE);
      await makeSource(world, source);
      await update(world, UUID, { Enabled: true });
      await reach(world, UUID, 'Enabled');
    },
  },
  {
    operation: 'UpdateEventSourceMapping',
    name: 'another function may run for no longer than the queue hides messages',
    run: async (world) => {
      const source = SOURCES.queue(world);
      const UUID = await settled(world, source);
      const FunctionName = await world.function({ Timeout: 31 });
      await fails(update(world, UUID, { FunctionName }), tooShort(30, 31));
      await setVisibility(world, source, 31);
      assert.equal((await update(world, UUID, { FunctionName })).FunctionArn, world.arn(`function:${FunctionName}`));
    },
  },
];

/** Cases of what a mapping asks of its queue. */
export const EVENT_SOURCE_QUEUE_CASES: readonly ConformanceCase[] = [...CREATE, ...OTHERS];
