import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { SqliteItemStore } from '../../adapters/sqlite/item-store.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import type { ItemStore } from '../../ports/item-store.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createDynamoDb, type EmbeddedDynamoDb } from './create-dynamodb.ts';

/** For tests: the account of the clients. */
export const ACCOUNT = '111122223333';

/** For tests: DynamoDB behind a listener. */
export interface DynamoDbFixture {
  readonly client: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly endpoint: string;
  readonly clock: FakeClock;
  readonly logger: QuietLogger;
  readonly store: MemoryMetadataStore;
  readonly items: ItemStore;
  readonly dynamodb: EmbeddedDynamoDb;
  /** Waits until something is so; what happens in the background has its own thread, so that time is of no use. */
  until(isSo: () => Promise<boolean>): Promise<void>;
}

/** For tests: starts DynamoDB. */
export async function openDynamoDb(t: TestContext): Promise<DynamoDbFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'lambkin-dynamodb-'));
  const [store, clock, logger, ids] = [new MemoryMetadataStore(), new FakeClock(), new QuietLogger(), systemIds()];
  const items = await SqliteItemStore.open(join(directory, 'items.db'), clock, (error) => {
    throw error;
  });
  const dynamodb = createDynamoDb({ store, items, clock, ids, logger });
  await dynamodb.start();
  t.after(async () => {
    await dynamodb.close();
    await items.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const { port } = await startListener(t, [dynamodb.service, dynamodb.streamsService], { logger });
  const endpoint = `http://127.0.0.1:${port}`;
  const settings = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'x' },
    maxAttempts: 1,
  };
  const [client, streams] = [new DynamoDBClient(settings), new DynamoDBStreamsClient(settings)];
  t.after(() => {
    client.destroy();
    streams.destroy();
  });
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    const startedMs = Date.now();
    while (!(await isSo())) {
      if (Date.now() - startedMs > 30_000) throw new Error('it did not come about');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { client, streams, endpoint, clock, logger, store, items, dynamodb, until };
}
