import type { TestContext } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { SqliteEventQueue } from '../../adapters/sqlite/event-queue.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import type { MessageQueues } from '../../ports/message-queue.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createSqs } from './create-sqs.ts';

/** For tests: SQS behind a listener, and the official client. */
export interface SqsFixture {
  readonly client: SQSClient;
  readonly clock: FakeClock;
  readonly queues: MessageQueues;
  readonly endpoint: string;
  /** Sends a bare request and gives back its status and body. */
  readonly form: (path: string, parameters: Readonly<Record<string, string>>) => Promise<[number, string]>;
}

/** For tests: starts SQS on a clock that stands. */
export async function openSqs(t: TestContext): Promise<SqsFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-sqs-'));
  const [store, clock, logger, ids] = [new MemoryMetadataStore(), new FakeClock(), new QuietLogger(), systemIds()];
  const queue = await SqliteEventQueue.open(join(directory, 'queue.db'), clock, (error) => {
    throw error;
  });
  const sqs = createSqs({ store, queue, clock, ids, logger });
  t.after(async () => {
    sqs.close();
    await queue.close();
    await rm(directory, { recursive: true, force: true });
  });
  const { port } = await startListener(t, [sqs.service], { logger });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  const form: SqsFixture['form'] = async (path, parameters) => {
    const response = await fetch(`${endpoint}${path}`, {
      method: 'POST',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ Version: '2012-11-05', ...parameters }),
    });
    return [response.status, await response.text()];
  };
  return { client, clock, queues: sqs.queues, endpoint, form };
}
