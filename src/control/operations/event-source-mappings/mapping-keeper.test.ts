import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { FakeClock } from '../../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../../adapters/memory/quiet-logger.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { controlFixture } from '../../control-fixture.ts';
import { functionKey, versionKey, write } from '../../documents.ts';
import { createEventSourceMapping } from './create-event-source-mapping.ts';
import { deleteEventSourceMapping } from './delete-event-source-mapping.ts';
import { type EventSourceMappingDocument, type MappingState, mappingKey } from './mapping-document.ts';
import { MappingKeeper } from './mapping-keeper.ts';
import { updateEventSourceMapping } from './update-event-source-mapping.ts';

const CONTEXT = { account: '000000000000', region: 'us-east-1' } as RequestContext;
const INDEXES = ['event-source-use', 'event-source-mapping-of-function', 'kafka-consumer-group'];
const SOURCE = {
  FunctionName: 'f',
  EventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/c/6cc0432b-8618-4f44-bccc-e1fbd8fb7c4d-2',
  Topics: ['topic'],
  StartingPosition: 'LATEST',
} as const;

interface World {
  readonly control: ControlContext;
  readonly clock: FakeClock;
  readonly keeper: MappingKeeper;
  create(): Promise<string>;
  state(uuid: string): Promise<MappingState | undefined>;
  indexes(): Promise<number>;
}

/** The operations on a store, with a keeper that a fake clock drives; another one for a store that is there already. */
async function open(t: TestContext, store = new MemoryMetadataStore()): Promise<World> {
  const clock = new FakeClock();
  const keeper = new MappingKeeper({ store, clock, logger: new QuietLogger() });
  const mappingChanged: ControlContext['mappingChanged'] = (locality, uuid) => keeper.changed(locality, uuid);
  const control = controlFixture({ store, clock, mappingChanged });
  await store.commit([
    write(functionKey(CONTEXT, 'f'), { FunctionName: 'f', nextVersion: 1 }),
    write(versionKey(CONTEXT, 'f', '$LATEST'), { configuration: {}, codeBlobId: '' }),
  ]);
  t.after(() => keeper.close());
  return {
    control,
    clock,
    keeper,
    create: async () => {
      const { output } = await createEventSourceMapping(control, { ...SOURCE, Topics: [...SOURCE.Topics] }, CONTEXT);
      return (output as { UUID: string }).UUID;
    },
    state: async (uuid) => (await store.get<EventSourceMappingDocument>(mappingKey(CONTEXT, uuid)))?.body.state,
    indexes: async () => {
      const totals = await Promise.all(INDEXES.map((kind) => store.totals({ ...CONTEXT, kind })));
      return totals.reduce((sum, { documents }) => sum + documents, 0);
    },
  };
}

test('a mapping is Creating for a while, then Enabled; a deleted one goes with all that points to it', async (t) => {
  const { clock, control, create, state, indexes } = await open(t);
  const uuid = await create();
  await clock.advance(99);
  assert.equal(await state(uuid), 'Creating');
  await clock.advance(1);
  assert.equal(await state(uuid), 'Enabled');
  assert.equal(await indexes(), 3);
  await deleteEventSourceMapping(control, { UUID: uuid }, CONTEXT);
  assert.equal(await state(uuid), 'Deleting');
  await clock.advance(100);
  assert.deepEqual([await state(uuid), await indexes(), clock.pending], [undefined, 0, 0]);
});

test('nothing may be asked of a mapping that is on its way, and it can not be made twice', async (t) => {
  const { clock, control, create, state } = await open(t);
  const inUse = (verb: string) => ({
    name: 'ResourceInUseException',
    message: `Cannot ${verb} the event source mapping because it is in use.`,
    status: 400,
  });
  const UUID = await create();
  const update = (Enabled: boolean) => updateEventSourceMapping(control, { UUID, Enabled }, CONTEXT);
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['Creating', async () => undefined],
    ['Updating', () => update(true)],
    ['Disabling', () => update(false)],
    ['Enabling', () => update(true)],
    ['Deleting', () => deleteEventSourceMapping(control, { UUID }, CONTEXT)],
  ];
  for (const [busy, step] of steps) {
    await step();
    assert.equal(await state(UUID), busy);
    await assert.rejects(update(true), inUse('update'));
    await assert.rejects(deleteEventSourceMapping(control, { UUID }, CONTEXT), inUse('delete'));
    await assert.rejects(create(), { name: 'ResourceConflictException' });
    await clock.advance(100);
  }
  assert.equal(await state(UUID), undefined);
});

test('what a crash left on the way is finished after the next start', async (t) => {
  const store = new MemoryMetadataStore();
  const first = await open(t, store);
  const uuid = await first.create();
  // The first one's clock never moves again.
  const second = await open(t, store);
  await second.keeper.resume();
  await second.clock.advance(100);
  assert.equal(await second.state(uuid), 'Enabled');
  await deleteEventSourceMapping(first.control, { UUID: uuid }, CONTEXT);
  const third = await open(t, store);
  await third.keeper.resume();
  await third.clock.advance(100);
  assert.equal(await third.state(uuid), undefined);
});

test('what could not be written is tried again later', async (t) => {
  const store = new MemoryMetadataStore();
  const { clock, create, state } = await open(t, store);
  const uuid = await create();
  const commit = t.mock.method(store, 'commit', () => Promise.reject(new Error('the disk is full')));
  await clock.advance(100);
  assert.equal(await state(uuid), 'Creating');
  commit.mock.restore();
  await clock.advance(4_999);
  assert.equal(await state(uuid), 'Creating');
  await clock.advance(1);
  assert.equal(await state(uuid), 'Enabled');
});

test('a keeper that is closed begins nothing more', async (t) => {
  const { clock, keeper, create, state } = await open(t);
  const uuid = await create();
  await keeper.close();
  keeper.changed(CONTEXT, uuid);
  await clock.advance(10_000);
  assert.deepEqual([await state(uuid), clock.pending], ['Creating', 0]);
});
