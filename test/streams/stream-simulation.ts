import assert from 'node:assert/strict';
import { DocumentCheckpoints } from '../../src/adapters/documents/document-checkpoints.ts';
import { FakeClock } from '../../src/adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../src/adapters/memory/metadata-store.ts';
import { MetricCounts } from '../../src/adapters/memory/metric-counts.ts';
import { QuietLogger } from '../../src/adapters/memory/quiet-logger.ts';
import { FakeQueue } from '../../src/invoke/async/fake-queue.ts';
import { throttled } from '../../src/model/throttle.ts';
import type { Checkpoints, ShardCheckpoint } from '../../src/ports/checkpoints.ts';
import type { NewEvent } from '../../src/ports/event-queue.ts';
import type { FunctionDirectory } from '../../src/ports/function-directory.ts';
import type { InvokeRequest, InvokeResult } from '../../src/ports/invoker.ts';
import type { StreamMapping } from '../../src/ports/mapping-directory.ts';
import { StreamError } from '../../src/ports/record-stream.ts';
import { FakeStream } from '../../src/sources/streams/fake-stream.ts';
import { MAPPING } from '../../src/sources/streams/stream-fixture.ts';
import { StreamPollers } from '../../src/sources/streams/stream-pollers.ts';
import type { Random } from '../fuzz/random.ts';

interface Server {
  readonly name: string;
  readonly owner: string;
  readonly pollers: StreamPollers;
  /** Its epoch of each shard. */
  readonly epochs: Map<string, number>;
  /** Killed: nothing that it does has an effect any more. */
  isDead: boolean;
  /** It can write nothing for a while, and does not know. */
  stalled: { readonly until: Promise<void>; readonly end: () => void } | undefined;
}

/** What one epoch of one shard has done. */
interface EpochStory {
  /** Records that succeeded or were given up, by sequence number. */
  readonly finished: Set<number>;
  /** The last checkpoint that it wrote, or found. */
  checkpoint: number;
}

interface Got {
  readonly sequence: number;
  readonly key: string;
  readonly shardId: string;
}

/**
 * Servers that read one stream for one mapping while shards split and merge, reads and invokes fail, and servers die, stall and
 * come back. Every step holds the promises of reading a stream; see {@link StreamSimulation.finish} for the last ones.
 */
export class StreamSimulation {
  readonly #random: Random;
  readonly #clock = new FakeClock();
  readonly #stream: FakeStream;
  readonly #checkpoints = new DocumentCheckpoints(new MemoryMetadataStore());
  readonly #mapping: StreamMapping;
  readonly #servers: Server[] = [];
  readonly #stories = new Map<string, EpochStory>();
  /** Succeeded or told, by whatever epoch. */
  readonly #finished = new Set<number>();
  readonly #told = new Set<number>();
  /** Records in the states of windows that were ended. */
  readonly #summed = new Set<number>();
  /** The furthest checkpoint of each shard. */
  readonly #furthest = new Map<string, number>();
  readonly #parents = new Map<string, readonly string[]>();
  readonly #problems: string[] = [];
  #isCalm = false;
  #invokes = 0;
  #uuids = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#stream = new FakeStream(this.#clock, 1 + random.below(3), random.chance(0.5));
    this.#mapping = {
      ...MAPPING,
      batchSize: random.pick([1, 2, 5, 20]),
      batchingWindowSeconds: random.pick([0, 0, 3]),
      parallelizationFactor: random.pick([1, 1, 2, 4]),
      reportsItemFailures: random.chance(0.5),
      bisectsOnError: random.chance(0.4),
      onFailureArn: 'arn:aws:sqs:us-east-1:000000000000:q',
      tumblingWindowSeconds: random.pick([0, 0, 20]),
      ...(random.chance(0.5) ? { maximumRetryAttempts: random.below(4) } : {}),
    };
  }

  get summary(): {
    readonly records: number;
    readonly invokes: number;
    readonly shards: number;
    readonly epochs: number;
    told: number;
  } {
    const { records } = this.#stream;
    return {
      records: records.length,
      invokes: this.#invokes,
      shards: new Set(records.map(({ shardId }) => shardId)).size,
      epochs: this.#stories.size,
      told: this.#told.size,
    };
  }

  async start(): Promise<void> {
    await this.#startServer('one');
  }

  /** Does something at random and lets some time pass. */
  async step(): Promise<void> {
    const random = this.#random;
    const alive = this.#servers.filter(({ isDead }) => !isDead);
    const one = alive.length > 0 ? random.pick(alive) : undefined;
    const roll = random.next();
    if (roll < 0.55) this.#put(1 + random.below(6));
    else if (roll < 0.62) this.#split();
    else if (roll < 0.66) this.#merge();
    else if (roll < 0.72) this.#stream.faults.push(...this.#faults());
    else if (roll < 0.74) this.#stream.expire();
    else if (roll < 0.8 && one) this.#kill(one);
    else if (roll < 0.86 && one && !one.stalled) this.#stall(one);
    else if (roll < 0.9) for (const { stalled } of this.#servers) stalled?.end();
    else if (roll < 0.93 && one) await this.#close(one);
    // The same name: a restart of one server. Another: a second one beside it.
    else if (alive.length < 2) await this.#startServer(alive.some(({ owner }) => owner === 'one') ? 'two' : 'one');
    await this.#clock.advance(random.pick([0, 100, 1_000, 3_000, 12_000]));
    assert.deepEqual(this.#problems, []);
  }

  /** Ends all trouble and waits: every record is handled or told of at least once, and every checkpoint is at its shard's end. */
  async finish(): Promise<void> {
    this.#isCalm = true;
    this.#stream.faults.length = 0;
    for (const { stalled } of this.#servers) stalled?.end();
    if (this.#servers.every(({ isDead }) => isDead)) await this.#startServer('one');
    const all = this.#stream.records.map(({ record }) => Number(record.sequenceNumber));
    for (let minutes = 0; minutes < 120 && all.some((sequence) => !this.#finished.has(sequence)); minutes += 1)
      await this.#clock.advance(60_000);
    await this.#clock.advance(60_000);
    assert.deepEqual(this.#problems, []);
    assert.deepEqual(
      all.filter((sequence) => !this.#finished.has(sequence)),
      [],
      'records that nobody handled',
    );
    if (this.#mapping.tumblingWindowSeconds > 0) {
      assert.deepEqual(
        all.filter((sequence) => !this.#summed.has(sequence) && !this.#told.has(sequence)),
        [],
        'records in the state of no window',
      );
    }
    for (const { shardId, checkpoint } of await this.#checkpoints.known(this.#mapping)) {
      const last = this.#stream.records.filter((each) => each.shardId === shardId).at(-1)?.record.sequenceNumber;
      if (last !== undefined) assert.deepEqual(checkpoint.position, { at: 'AFTER', sequenceNumber: last }, shardId);
    }
    for (const server of this.#servers) if (!server.isDead) await this.#close(server);
  }

  async #startServer(owner: string): Promise<void> {
    const epochs = new Map<string, number>();
    const name = `${owner}#${this.#servers.length}`;
    const mapping = this.#mapping;
    const pollers = new StreamPollers({
      sources: { kinesis: this.#stream },
      mappings: {
        streams: { enabled: async () => [mapping], find: async () => mapping, onChange: () => () => undefined },
        isThere: async () => true,
      },
      checkpoints: this.#checkpointsOf(() => server),
      owner,
      directory: { resolve: async () => ({ version: { roleArn: 'r' } }) } as unknown as FunctionDirectory,
      invoke: (request) => this.#invoke(server, request),
      queue: this.#queueOf(() => server),
      filterOf: () => () => true,
      metrics: new MetricCounts(),
      clock: this.#clock,
      ids: { uuid: () => `${(this.#uuids += 1)}`, hex: () => 'f', random: () => this.#random.next() },
      logger: new QuietLogger(),
    });
    const server: Server = { name, owner, pollers, epochs, isDead: false, stalled: undefined };
    // Of one owner there is one at a time.
    for (const other of this.#servers) if (other.owner === owner) this.#kill(other);
    this.#servers.push(server);
    await pollers.start();
  }

  #kill(server: Server): void {
    server.isDead = true;
  }

  #stall(server: Server): void {
    let end = (): void => undefined;
    const until = new Promise<void>((resolve) => (end = resolve));
    server.stalled = {
      until,
      end: () => {
        server.stalled = undefined;
        end();
      },
    };
  }

  async #close(server: Server): Promise<void> {
    const closed = server.pollers.close(1_000);
    server.stalled?.end();
    await this.#clock.advance(1_500);
    await closed;
    // What runs on after its grace is as good as killed.
    server.isDead = true;
  }

  /** Checkpoints as one server sees them: dead ones get no answer, those of others are watched. */
  #checkpointsOf(serverOf: () => Server): Checkpoints {
    const inner = this.#checkpoints;
    const alive = async (): Promise<void> => {
      if (serverOf().isDead) await new Promise(() => undefined);
      await serverOf().stalled?.until;
      if (serverOf().isDead) await new Promise(() => undefined);
    };
    return {
      known: async (mapping) => {
        await alive();
        return inner.known(mapping);
      },
      add: async (mapping, shards, isFirst) => {
        await alive();
        for (const { shardId, parentIds } of await this.#shards()) this.#parents.set(shardId, parentIds);
        return inner.add(mapping, shards, isFirst);
      },
      acquire: async (place, terms) => {
        await alive();
        // What takes long must not make an old time of it.
        const nowMs = this.#clock.now();
        const lease = await inner.acquire(place, { ...terms, nowMs, untilMs: nowMs + terms.untilMs - terms.nowMs });
        if (!lease) return undefined;
        serverOf().epochs.set(place.shardId, lease.epoch);
        this.#stories.set(`${place.shardId}/${lease.epoch}`, {
          finished: new Set(),
          checkpoint: numberOf(lease.checkpoint),
        });
        return lease;
      },
      save: async (saves) => {
        await alive();
        const results = await inner.save(saves);
        for (const [index, { lease, checkpoint }] of saves.entries())
          if (results[index]) this.#saved(lease.place.shardId, lease.epoch, checkpoint);
        return results;
      },
      forget: async (mapping, shardIds) => {
        await alive();
        const listed = new Set((await this.#shards()).map(({ shardId }) => shardId));
        for (const shardId of shardIds ?? [])
          if (listed.has(shardId)) this.#problems.push(`${shardId} was forgotten though it is there`);
        await inner.forget(mapping, shardIds);
      },
      mappings: () => inner.mappings(),
    };
  }

  async #shards(): ReturnType<FakeStream['shards']> {
    const faults = this.#stream.faults.splice(0);
    const shards = await this.#stream.shards();
    this.#stream.faults.push(...faults);
    return shards;
  }

  #saved(shardId: string, epoch: number, checkpoint: ShardCheckpoint): void {
    const position = numberOf(checkpoint);
    const story = this.#stories.get(`${shardId}/${epoch}`);
    if (story) story.checkpoint = position;
    if (position < (this.#furthest.get(shardId) ?? 0))
      this.#problems.push(`the checkpoint of ${shardId} went back to ${position}`);
    this.#furthest.set(shardId, position);
    const passed = this.#stream.records.filter(
      (each) => each.shardId === shardId && Number(each.record.sequenceNumber) <= position,
    );
    for (const { record } of passed)
      if (!this.#finished.has(Number(record.sequenceNumber)))
        this.#problems.push(`the checkpoint of ${shardId} passed ${record.sequenceNumber}, which nobody handled`);
  }

  /** Failures that are written down count as handled. */
  #queueOf(serverOf: () => Server): FakeQueue {
    const queue = new FakeQueue(this.#clock);
    const enqueue = async (events: readonly NewEvent[]): Promise<readonly { id: string }[]> => {
      if (serverOf().isDead) await new Promise(() => undefined);
      for (const event of events) this.#tell(serverOf(), Buffer.from(event.payload).toString());
      return events.map(({ id }) => ({ id }));
    };
    return Object.assign(queue, { enqueue });
  }

  #tell(server: Server, record: string): void {
    const { KinesisBatchInfo: info } = JSON.parse(record) as {
      KinesisBatchInfo: { shardId: string; startSequenceNumber: string; endSequenceNumber: string };
    };
    const [from, to] = [Number(info.startSequenceNumber), Number(info.endSequenceNumber)];
    // A lane's batch has records of its own keys only; what lies between belongs to others.
    if (this.#mapping.tumblingWindowSeconds > 0) {
      // With windows there is one lane; what is told of may be the end of a window, which has lost its state.
      for (const { shardId, record } of this.#stream.records) {
        const sequence = Number(record.sequenceNumber);
        if (shardId === info.shardId && sequence >= from && sequence <= to) this.#told.add(sequence);
      }
    }
    const tried = this.#stories.get(`${info.shardId}/${server.epochs.get(info.shardId)}`);
    for (const sequence of this.#lastTried.get(server.name)?.get(`${from}-${to}`) ?? []) {
      tried?.finished.add(sequence);
      this.#finished.add(sequence);
      this.#told.add(sequence);
    }
  }

  /** The batches that failed, by what their records will say. */
  readonly #lastTried = new Map<string, Map<string, readonly number[]>>();

  async #invoke(server: Server, request: InvokeRequest): Promise<InvokeResult> {
    const event = eventOf(request);
    if (event.isFinalInvokeForWindow) return this.#endWindow(server, event);
    const got = recordsOf(event);
    const seen = event.state?.seen ?? [];
    for (const { sequence } of got)
      if (seen.includes(sequence)) this.#problems.push(`${sequence} is in its window's state twice`);
    const epoch = server.epochs.get(got[0]?.shardId ?? '') ?? 0;
    if (server.isDead) await new Promise(() => undefined);
    this.#invokes += 1;
    this.#check(server, epoch, got);
    const delayMs = this.#isCalm ? 0 : this.#random.pick([0, 0, 0, 50, 500, 5_000, 40_000]);
    if (delayMs > 0) await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, delayMs));
    if (server.isDead) await new Promise(() => undefined);
    const roll = this.#isCalm ? 1 : this.#random.next();
    if (roll < 0.1) throw throttled('ConcurrentInvocationLimitExceeded');
    const handled =
      roll < 0.25 ? 0 : roll < 0.4 && this.#mapping.reportsItemFailures ? this.#random.below(got.length) : got.length;
    const isError = roll < 0.25;
    this.#finishSome(got.slice(0, handled), epoch);
    this.#remember(server, got.slice(handled));
    const failures = got.slice(handled).map(({ sequence }) => ({ itemIdentifier: String(sequence) }));
    return {
      executedVersion: '1',
      payload: Buffer.from(
        JSON.stringify({
          batchItemFailures: failures,
          state: { seen: [...seen, ...got.slice(0, handled).map(({ sequence }) => sequence)] },
        }),
      ),
      ...(isError ? { functionError: 'Unhandled' } : {}),
    };
  }

  async #endWindow(server: Server, { state }: SimulatedEvent): Promise<InvokeResult> {
    if (server.isDead) await new Promise(() => undefined);
    this.#invokes += 1;
    const isError = !this.#isCalm && this.#random.chance(0.2);
    // A window is ended again where its end was not written down; then it says the same, or what the next reader has made of it.
    if (!isError) for (const sequence of state?.seen ?? []) this.#summed.add(sequence);
    return {
      executedVersion: '1',
      payload: Buffer.from('{"batchItemFailures":[]}'),
      ...(isError ? { functionError: 'Unhandled' } : {}),
    };
  }

  #remember(server: Server, failed: readonly Got[]): void {
    const batches = this.#lastTried.get(server.name) ?? new Map<string, readonly number[]>();
    const sequences = failed.map(({ sequence }) => sequence);
    batches.set(`${sequences.at(0)}-${sequences.at(-1)}`, sequences);
    this.#lastTried.set(server.name, batches);
  }

  #finishSome(done: readonly Got[], epoch: number): void {
    for (const { sequence, shardId } of done) {
      const story = this.#stories.get(`${shardId}/${epoch}`);
      if (story?.finished.has(sequence)) this.#problems.push(`${sequence} succeeded twice in epoch ${epoch} of ${shardId}`);
      story?.finished.add(sequence);
      this.#finished.add(sequence);
    }
  }

  /** What must be so when a batch reaches the function. */
  #check(server: Server, epoch: number, got: readonly Got[]): void {
    const [{ shardId } = { shardId: '' }] = got;
    const where = `${server.name}, epoch ${epoch} of ${shardId}`;
    const story = this.#stories.get(`${shardId}/${epoch}`);
    if (!story) return void this.#problems.push(`${where}: there is no such epoch`);
    if (got.some((each) => each.shardId !== shardId)) this.#problems.push(`${where}: a batch of several shards`);
    if (got.length === 0 || got.length > this.#mapping.batchSize) this.#problems.push(`${where}: ${got.length} records`);
    const before = this.#stream.records.filter((each) => each.shardId === shardId);
    for (const [index, { sequence, key }] of got.entries()) {
      if (sequence <= story.checkpoint) this.#problems.push(`${where}: ${sequence} is before its checkpoint`);
      if (story.finished.has(sequence)) this.#problems.push(`${where}: ${sequence} was finished in it`);
      const inBatch = new Set(got.slice(0, index).map((each) => each.sequence));
      for (const { record } of before) {
        const other = Number(record.sequenceNumber);
        if (other >= sequence || record.partitionKey !== key || other <= story.checkpoint) continue;
        if (!inBatch.has(other) && !story.finished.has(other)) this.#problems.push(`${where}: ${sequence} ran before ${other}`);
      }
    }
    for (const parentId of this.#parents.get(shardId) ?? [])
      for (const each of this.#stream.records)
        if (each.shardId === parentId && !this.#finished.has(Number(each.record.sequenceNumber)))
          this.#problems.push(`${where}: its parent ${parentId} is not through`);
  }

  #put(count: number): void {
    for (let index = 0; index < count; index += 1) this.#stream.put(`key-${this.#random.below(12)}`, 'data');
  }

  #split(): void {
    const { openShards } = this.#stream;
    if (openShards.length < 6) this.#stream.split(this.#random.pick(openShards));
  }

  #merge(): void {
    const [one, other] = this.#stream.neighbours();
    if (one !== undefined && other !== undefined) this.#stream.merge(one, other);
  }

  #faults(): Error[] {
    const fault = this.#random.pick(['throttled', 'expired', 'other'] as const);
    const error = fault === 'other' ? new Error('no connection') : new StreamError(fault, fault);
    return Array.from({ length: 1 + this.#random.below(3) }, () => error);
  }
}

function numberOf({ position }: ShardCheckpoint): number {
  return position.at === 'AFTER' ? Number(position.sequenceNumber) : 0;
}

interface SimulatedEvent {
  readonly Records: readonly { eventID: string; kinesis: { sequenceNumber: string; partitionKey: string } }[];
  readonly state?: { readonly seen?: readonly number[] };
  readonly isFinalInvokeForWindow?: boolean;
}

function eventOf({ payload }: InvokeRequest): SimulatedEvent {
  return JSON.parse(Buffer.from(payload).toString()) as SimulatedEvent;
}

function recordsOf({ Records }: SimulatedEvent): Got[] {
  return Records.map(({ eventID, kinesis }) => ({
    sequence: Number(kinesis.sequenceNumber),
    key: kinesis.partitionKey,
    shardId: eventID.split(':')[0] ?? '',
  }));
}
