import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { CreateTopicCommand, SNSClient, SubscribeCommand, type SubscribeCommandInput } from '@aws-sdk/client-sns';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { FakeQueue } from '../../invoke/async/fake-queue.ts';
import { ServiceError } from '../../model/service-error.ts';
import type { EventQueue } from '../../ports/event-queue.ts';
import type { InvokeRequest } from '../../ports/invoker.ts';
import type { MessageQueues, OutgoingMessage } from '../../ports/message-queue.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createSns, type SnsService } from './create-sns.ts';

/** For tests: the account of the client. */
export const ACCOUNT = '111122223333';
/** For tests: a function that may be invoked. */
export const FUNCTION_ARN = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:hear`;
/** For tests: ARN of a queue. */
export const queueArn = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;

/** For tests: a message that a queue was sent. */
export interface SentMessage extends OutgoingMessage {
  readonly queueArn: string;
}

/** For tests: SNS behind a listener, the official client, and everything that it delivers. */
export interface SnsFixture {
  readonly client: SNSClient;
  readonly sns: SnsService;
  readonly clock: FakeClock;
  readonly queue: EventQueue;
  readonly logger: QuietLogger;
  readonly sent: SentMessage[];
  /** Errors that sends to queues end with, by ARN. */
  readonly broken: Map<string, Error>;
  readonly accepted: InvokeRequest[];
  /** What the functions' policies say. */
  verdict: 'allowed' | 'denied' | 'absent';
  /** What invokes end with. */
  fault: Error | undefined;
  readonly endpoint: string;
  /** Makes a topic and returns its ARN. */
  topic(name: string, attributes?: Readonly<Record<string, string>>): Promise<string>;
  subscribe(input: SubscribeCommandInput): Promise<string>;
}

/** For tests: the error of a queue that does not exist. */
export const QUEUE_GONE = new ServiceError({
  code: 'QueueDoesNotExist',
  status: 400,
  message: 'The specified queue does not exist.',
});

/** For tests: starts SNS. */
export async function openSns(t: TestContext, queue?: EventQueue): Promise<SnsFixture> {
  const [store, clock, logger, ids] = [new MemoryMetadataStore(), new FakeClock(), new QuietLogger(), systemIds()];
  const [sent, broken, accepted]: [SentMessage[], Map<string, Error>, InvokeRequest[]] = [[], new Map(), []];
  const send: MessageQueues['send'] = async (arn, message) => {
    const error = broken.get(arn);
    if (error) throw error;
    sent.push({ queueArn: arn, ...message });
    return ids.uuid();
  };
  const state: { verdict: SnsFixture['verdict']; fault: Error | undefined; endpoint: string } = {
    verdict: 'allowed',
    fault: undefined,
    endpoint: '',
  };
  const events = queue ?? new FakeQueue(clock);
  const sns = createSns({
    store,
    queue: events,
    clock,
    ids,
    logger,
    permission: { check: async () => state.verdict },
    accept: async (request) => {
      if (state.fault) throw state.fault;
      accepted.push(request);
    },
    queues: { send } as MessageQueues,
    endpoint: () => state.endpoint,
  });
  const localPaths = { [sns.certificate.path]: sns.certificate.handle };
  const { port } = await startListener(t, [sns.service], { logger, localPaths, defaultRegion: 'eu-west-1' });
  state.endpoint = `http://127.0.0.1:${port}`;
  await sns.start();
  t.after(() => sns.close(0));
  const client = new SNSClient({
    endpoint: state.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  const more = {
    topic: async (Name: string, Attributes = {}) =>
      (await client.send(new CreateTopicCommand({ Name, Attributes }))).TopicArn ?? '',
    subscribe: async (input: SubscribeCommandInput) =>
      (await client.send(new SubscribeCommand({ ReturnSubscriptionArn: true, ...input }))).SubscriptionArn ?? '',
  };
  return Object.assign(state, { client, sns, clock, queue: events, logger, sent, broken, accepted, ...more });
}

/** For tests: waits until something holds, without a clock. */
export async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 20_000;
  while (!condition()) {
    assert.ok(performance.now() < endMs, `never happened: ${String(condition)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** For tests: a request that an endpoint got. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** For tests: an HTTP endpoint that answers with what it is told to, in turn, and then with 200. */
export async function openEndpoint(
  t: TestContext,
  statuses: number[] = [],
): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(statuses.shift() ?? 200, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hear`, received };
}
