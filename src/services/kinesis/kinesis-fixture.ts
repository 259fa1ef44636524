import type { TestContext } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, type CreateStreamCommandInput, KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { SqliteRecordLog } from '../../adapters/sqlite/record-log.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createKinesis, type Kinesis } from './create-kinesis.ts';
import { PASSING_MS } from './stream-record.ts';

/** For tests: Kinesis behind a listener, and the official client, by HTTP/2 as it comes and by HTTP/1.1. */
export interface KinesisFixture {
  readonly kinesis: Kinesis;
  readonly client: KinesisClient;
  readonly http1: KinesisClient;
  readonly clock: FakeClock;
  readonly store: MemoryMetadataStore;
  readonly log: SqliteRecordLog;
  readonly endpoint: string;
  /** Makes a stream and waits until it is active. */
  readonly stream: (name: string, shards?: number, more?: Partial<CreateStreamCommandInput>) => Promise<void>;
  /** Lets what is on its way come to its end. */
  readonly settle: () => Promise<void>;
}

/** For tests: starts Kinesis on a clock that stands. */
export async function openKinesis(t: Pick<TestContext, 'after'>, limitsThroughput = false): Promise<KinesisFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-kinesis-'));
  const [store, clock, logger, ids] = [new MemoryMetadataStore(), new FakeClock(), new QuietLogger(), systemIds()];
  const log = await SqliteRecordLog.open(join(directory, 'records.db'), (error) => {
    throw error;
  });
  const kinesis = createKinesis({ store, log, clock, ids, logger, limitsThroughput });
  await kinesis.start();
  t.after(async () => {
    await kinesis.close();
    await log.close();
    await rm(directory, { recursive: true, force: true });
  });
  const { port } = await startListener(t, [kinesis.service], { logger });
  const endpoint = `http://127.0.0.1:${port}`;
  const options = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  const client = new KinesisClient(options);
  const http1 = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
  t.after(() => [client, http1].map((each) => each.destroy()));
  const settle = (): Promise<void> => clock.advance(PASSING_MS);
  return {
    kinesis,
    client,
    http1,
    clock,
    store,
    log,
    endpoint,
    settle,
    stream: async (StreamName, ShardCount = 1, more = {}) => {
      await client.send(new CreateStreamCommand({ StreamName, ShardCount, ...more }));
      await settle();
    },
  };
}
