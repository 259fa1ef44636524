import assert from 'node:assert/strict';
import { X509Certificate, verify } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import {
  ConfirmSubscriptionCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { lambdaError } from '../../../model/lambda-errors.ts';
import {
  FUNCTION_ARN,
  openEndpoint,
  openSns,
  QUEUE_GONE,
  queueArn,
  type Received,
  type SnsFixture,
  until,
} from '../sns-fixture.ts';

const DEAD = queueArn('dead');
const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: DEAD });

async function openTopic(t: Parameters<typeof openSns>[0]) {
  const fixture = await openSns(t);
  const TopicArn = await fixture.topic('news');
  const publish = (Message: string) => fixture.client.send(new PublishCommand({ TopicArn, Message }));
  return { ...fixture, fixture, TopicArn, publish };
}

async function confirm({ client }: SnsFixture, TopicArn: string, received: readonly Received[]): Promise<void> {
  await until(() => received.length === 1);
  const { Token } = JSON.parse(received[0]?.body ?? '') as { Token: string };
  await client.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
}

test('a queue that can not be reached is tried three times at once, twice after a second, then ever later', async (t) => {
  const { subscribe, TopicArn, publish, clock, broken, sent } = await openTopic(t);
  await subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q') });
  let attempts = 0;
  const down = new Error('down');
  broken.get = (arn) => {
    if (arn === queueArn('q')) attempts += 1;
    return attempts > 6 ? undefined : down;
  };
  await publish('hello');
  await until(() => attempts === 4);
  assert.equal(attempts, 4);
  for (const expected of [5, 6]) {
    await clock.advance(1_100);
    await until(() => attempts === expected);
  }
  assert.equal(sent.length, 0);
  await clock.advance(1_100);
  await until(() => sent.length === 1);
  assert.equal(attempts, 7);
});

test('what a queue refuses goes to the dead-letter queue in its envelope', async (t) => {
  const { subscribe, TopicArn, publish, broken, sent, logger } = await openTopic(t);
  broken.set(queueArn('q'), QUEUE_GONE);
  await subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q'), Attributes: { RedrivePolicy } });
  await publish('hello');
  await until(() => sent.length === 1);
  assert.equal(sent[0]?.queueArn, DEAD);
  assert.equal((JSON.parse(sent[0]?.body ?? '') as { Message: string }).Message, 'hello');
  assert.ok(JSON.stringify(logger).includes('a message was given up'));
});

test('a dead-letter queue that can not be reached is tried until it can', async (t) => {
  const { subscribe, TopicArn, publish, broken, sent, clock } = await openTopic(t);
  broken.set(queueArn('q'), QUEUE_GONE);
  broken.set(DEAD, new Error('down'));
  await subscribe({
    TopicArn,
    Protocol: 'sqs',
    Endpoint: queueArn('q'),
    Attributes: { RedrivePolicy, RawMessageDelivery: 'true' },
  });
  await publish('hello');
  await clock.advance(500);
  assert.equal(sent.length, 0);
  broken.delete(DEAD);
  // The first retries are at once; by now a second's pause is on.
  await withinAMinute(clock, () => sent.length > 0);
  assert.deepEqual(sent, [{ queueArn: DEAD, body: 'hello' }]);
});

test('a function that may not be invoked, or is gone, is not tried again; one that is throttled is', async (t) => {
  const { fixture, subscribe, TopicArn, publish, sent, accepted, clock } = await openTopic(t);
  await subscribe({ TopicArn, Protocol: 'lambda', Endpoint: FUNCTION_ARN, Attributes: { RedrivePolicy } });
  fixture.verdict = 'denied';
  await publish('denied');
  await until(() => sent.length === 1);
  fixture.verdict = 'absent';
  await publish('absent');
  await until(() => sent.length === 2);
  fixture.verdict = 'allowed';
  fixture.fault = lambdaError('ResourceNotFoundException', 'Function not found');
  await publish('gone');
  await until(() => sent.length === 3);
  fixture.fault = lambdaError('TooManyRequestsException', 'Rate Exceeded.');
  await publish('throttled');
  await clock.advance(500);
  assert.deepEqual([sent.length, accepted.length], [3, 0]);
  fixture.fault = undefined;
  await withinAMinute(clock, () => accepted.length > 0);
  assert.equal(accepted.length, 1);
  assert.deepEqual(
    sent.map(({ body }) => (JSON.parse(body) as { Message: string }).Message),
    ['denied', 'absent', 'gone'],
  );
});

test('an HTTP endpoint is tried as its delivery policy says, then the dead-letter queue gets it', async (t) => {
  const { fixture, client, subscribe, TopicArn, publish, sent, clock } = await openTopic(t);
  const { url, received } = await openEndpoint(t, [200, 503, 429, 500, 404, 302]);
  const DeliveryPolicy = '{"healthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":5,"numRetries":2}}';
  const SubscriptionArn = await subscribe({
    TopicArn,
    Protocol: 'http',
    Endpoint: url,
    Attributes: { RedrivePolicy, DeliveryPolicy },
  });
  await confirm(fixture, TopicArn, received);
  await publish('late');
  await until(() => received.length === 2);
  for (const expected of [3, 4]) {
    await clock.advance(3_900);
    assert.equal(received.length, expected - 1);
    await clock.advance(2_000);
    await until(() => received.length === expected);
  }
  await until(() => sent.length === 1);
  // Answers that say it is the sender's mistake, and redirections, are final.
  for (const count of [2, 3]) {
    await publish('mistake');
    await until(() => sent.length === count);
  }
  assert.equal(received.length, 6);
  await client.send(new UnsubscribeCommand({ SubscriptionArn }));
  await publish('nobody');
  await clock.advance(100);
  assert.equal(received.length, 6);
});

test('an endpoint that does not answer in fifteen seconds has failed', async (t) => {
  const { fixture, client, subscribe, TopicArn, publish, clock } = await openTopic(t);
  const { url, received } = await openEndpoint(t);
  const SubscriptionArn = await subscribe({ TopicArn, Protocol: 'http', Endpoint: url });
  await confirm(fixture, TopicArn, received);
  const held: Socket[] = [];
  const silent = createServer((socket) => held.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of held) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as AddressInfo;
  const other = await subscribe({ TopicArn, Protocol: 'http', Endpoint: `http://127.0.0.1:${port}/` });
  await until(() => held.length === 1);
  let ended = false;
  held[0]
    ?.on('close', () => (ended = true))
    .on('error', () => {})
    .resume();
  await clock.advance(14_000);
  assert.equal(ended, false);
  await clock.advance(2_000);
  await until(() => ended);
  await client.send(new UnsubscribeCommand({ SubscriptionArn: other }));
  await client.send(new UnsubscribeCommand({ SubscriptionArn }));
  await publish('x');
});

test('signatures are by the key of the certificate that is served', async (t) => {
  const { client, subscribe, TopicArn, publish, sent } = await openTopic(t);
  const SubscriptionArn = await subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('q') });
  await publish('one');
  await until(() => sent.length === 1);
  await client.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'SignatureVersion', AttributeValue: '2' }));
  await publish('two');
  await until(() => sent.length === 2);
  for (const { body } of sent) {
    const message = JSON.parse(body) as Record<string, string>;
    const pem = await (await fetch(message['SigningCertURL'] ?? '')).text();
    const certificate = new X509Certificate(pem);
    assert.ok(certificate.verify(certificate.publicKey));
    const names = ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'];
    const text = names.map((name) => `${name}\n${message[name]}\n`).join('');
    const hash = message['SignatureVersion'] === '2' ? 'RSA-SHA256' : 'RSA-SHA1';
    assert.ok(verify(hash, Buffer.from(text), certificate.publicKey, Buffer.from(message['Signature'] ?? '', 'base64')));
  }
  await client.send(
    new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true' }),
  );
  await publish('three');
  await until(() => sent.length === 3);
  assert.equal(sent[2]?.body, 'three');
});

/** Moves the clock by at most a minute, with turns enough in each second for a busy machine to do what is due. */
async function withinAMinute(clock: { advance(ms: number): Promise<void> }, condition: () => boolean): Promise<void> {
  for (let second = 0; second < 60 && !condition(); second += 1) {
    await clock.advance(1_000);
    for (let turn = 0; turn < 500 && !condition(); turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
