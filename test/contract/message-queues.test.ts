import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CreateQueueCommand, GetQueueAttributesCommand, SQS, SQSClient } from '@aws-sdk/client-sqs';
import { SdkMessageQueues } from '../../src/adapters/aws/sdk-message-queues.ts';
import { withExternalQueues } from '../../src/adapters/aws/external-queues.ts';
import { MemoryMetadataStore } from '../../src/adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../src/adapters/memory/quiet-logger.ts';
import { SqliteEventQueue } from '../../src/adapters/sqlite/event-queue.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import { ServiceError } from '../../src/model/service-error.ts';
import type { MessageQueues } from '../../src/ports/message-queue.ts';
import { createSqs } from '../../src/services/sqs/create-sqs.ts';
import { createListener } from '../../src/wire/listener.ts';
import { type QueuesUnderTest, testMessageQueues } from './message-queues.ts';

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const directory = mkdtempSync(join(tmpdir(), 'lambkin-queues-'));
const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing.toReversed()) await close();
  rmSync(directory, { recursive: true, force: true });
});

/** SQS of this server behind a port of its own, and what makes queues there. */
async function openEmbedded(): Promise<{ readonly queues: MessageQueues; readonly endpoint: string }> {
  const [clock, logger, ids] = [systemClock(), new QuietLogger(), systemIds()];
  const queue = await SqliteEventQueue.open(join(directory, `${closing.length}.db`), clock, (error) => {
    throw error;
  });
  closing.push(() => queue.close());
  const sqs = createSqs({ store: new MemoryMetadataStore(), queue, clock, ids, logger });
  const listener = createListener({
    host: '127.0.0.1',
    port: 0,
    defaultRegion: 'us-east-1',
    defaultAccount: '000000000000',
    services: [sqs.service],
    localPaths: {},
    crossSite: { allowedOrigins: [], allowedHosts: [] },
    clock,
    ids,
    logger,
  });
  closing.push(() => (sqs.close(), listener.close(1_000)));
  return { queues: sqs.queues, endpoint: `http://127.0.0.1:${await listener.listen()}` };
}

function maker(endpoint: string): QueuesUnderTest['make'] {
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, maxAttempts: 1 });
  closing.push(() => client.destroy());
  return async (QueueName, Attributes) => {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    const { Attributes: told } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    return told?.['QueueArn'] ?? '';
  };
}

function bySdk(endpoint: string): SdkMessageQueues {
  const queues = new SdkMessageQueues((config) => new SQS(config), { endpoint, ...CREDENTIALS });
  closing.push(() => queues.close());
  return queues;
}

testMessageQueues('embedded', async () => {
  const { queues, endpoint } = await openEmbedded();
  return { queues, make: maker(endpoint) };
});

testMessageQueues('official SDK', async () => {
  const { endpoint } = await openEmbedded();
  return { queues: bySdk(endpoint), make: maker(endpoint) };
});

// Another implementation of SQS, by hand: `java -cp 'lib/*' org.elasticmq.server.Main` and its address.
const elastic = process.env['LAMBKIN_TEST_ELASTICMQ'];
if (elastic === undefined)
  test('official SDK to ElasticMQ', { skip: 'LAMBKIN_TEST_ELASTICMQ names no server (http://127.0.0.1:9324)' }, () => {});
else testMessageQueues('official SDK to ElasticMQ', async () => ({ queues: bySdk(elastic), make: maker(elastic) }));

test('official SDK: a server that is away, says nothing or has no such credentials is no refusal', async () => {
  const server = createServer((_request, response) => {
    const body = JSON.stringify({ __type: 'com.amazon.coral.service#UnrecognizedClientException', message: 'no such key' });
    response.writeHead(403, { 'Content-Type': 'application/x-amz-json-1.0' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const queues = bySdk(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const arn = 'arn:aws:sqs:us-east-1:000000000000:q';
  const isOrdinary = (error: unknown): boolean => error instanceof Error && !(error instanceof ServiceError);
  await assert.rejects(queues.send(arn, { body: 'x' }), isOrdinary);
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(queues.send(arn, { body: 'x' }), isOrdinary);
  await assert.rejects(queues.receive(arn, { countMax: 1, waitMs: 20_000 }), isOrdinary);
});

test('an ARN goes to the first entry whose pattern fits, and to the embedded queues otherwise', async () => {
  const [home, first, second] = [await openEmbedded(), await openEmbedded(), await openEmbedded()];
  const { queues, close } = await withExternalQueues(home.queues, [
    { arns: ['arn:aws:sqs:eu-*:111122223333:a?'], endpoint: first.endpoint, ...CREDENTIALS, region: 'us-east-1' },
    { arns: ['arn:aws:sqs:eu-west-1:*:other', 'arn:aws:sqs:eu-west-1:*'], endpoint: second.endpoint, ...CREDENTIALS },
  ]);
  closing.push(close);
  const places = new Map([
    ['arn:aws:sqs:us-east-1:000000000000:q', home],
    ['arn:aws:sqs:us-east-1:111122223333:ab', home],
    ['arn:aws:sqs:eu-west-1:000000000000:q', second],
  ]);
  for (const [arn, { endpoint }] of places) {
    const [, , , region = '', account = '', QueueName = ''] = arn.split(':');
    const client = new SQSClient({ endpoint, region, credentials: { ...CREDENTIALS, accessKeyId: account } });
    closing.push(() => client.destroy());
    await client.send(new CreateQueueCommand({ QueueName }));
    await queues.send(arn, { body: arn });
    assert.equal((await queues.receive(arn, { countMax: 1, waitMs: 5_000 }))[0]?.body, arn);
  }
  // The region of the entry counts there, so that the queue of that region is meant.
  const client = new SQSClient({
    endpoint: first.endpoint,
    region: 'us-east-1',
    credentials: { ...CREDENTIALS, accessKeyId: '111122223333' },
  });
  closing.push(() => client.destroy());
  await client.send(new CreateQueueCommand({ QueueName: 'ab' }));
  assert.ok(await queues.send('arn:aws:sqs:eu-central-1:111122223333:ab', { body: 'x' }));
  await assert.rejects(queues.send('arn:aws:sqs:eu-central-1:111122223333:abc', { body: 'x' }), { code: 'QueueDoesNotExist' });
});
