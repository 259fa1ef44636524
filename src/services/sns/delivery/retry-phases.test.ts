import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectivePolicy, retryDelaysOf, subscriptionPolicyBreach, topicPolicyBreach } from '../delivery-policy.ts';
import { refusedHost, safeLookup } from './reachable.ts';
import { httpDelayMs, managedDelayMs } from './retry-phases.ts';

test('functions and queues are tried 100,015 times more, as SNS publishes it', () => {
  const delays = Array.from({ length: 16 }, (_, index) => Math.round(managedDelayMs(index + 1, 0) ?? -1));
  assert.deepEqual(delays.slice(0, 6), [0, 0, 0, 1_000, 1_000, 1_000]);
  assert.deepEqual(delays.slice(14), [20_000, 20_000]);
  assert.deepEqual(
    delays,
    delays.toSorted((a, b) => a - b),
  );
  assert.equal(managedDelayMs(100_015, 0), 20_000);
  assert.equal(managedDelayMs(100_016, 0), undefined);
});

test('HTTP endpoints are tried by the policy in force, of the subscription, the topic or SNS', () => {
  const seconds = (topic?: string, subscription?: string) => retryDelaysOf(effectivePolicy(topic, subscription).retry);
  assert.deepEqual(seconds(), [20, 20, 20]);
  const topic = JSON.stringify({ http: { defaultHealthyRetryPolicy: { minDelayTarget: 1, maxDelayTarget: 1, numRetries: 1 } } });
  const own = JSON.stringify({
    healthyRetryPolicy: {
      minDelayTarget: 1,
      maxDelayTarget: 9,
      numRetries: 8,
      numNoDelayRetries: 1,
      numMinDelayRetries: 2,
      numMaxDelayRetries: 2,
      backoffFunction: 'linear',
    },
  });
  assert.deepEqual(seconds(topic), [1]);
  assert.deepEqual(seconds(topic, own), [0, 1, 1, 1, 5, 9, 9, 9]);
  const strict = topic.replace('"http":{', '"http":{"disableSubscriptionOverrides":true,');
  assert.deepEqual(seconds(strict, own), [1]);
  assert.deepEqual(seconds(undefined, own.replace('linear', 'exponential')).slice(3, 6), [1, 3, 9]);
  const { retry } = effectivePolicy(topic, undefined);
  assert.deepEqual([httpDelayMs(retry, 1, 0), httpDelayMs(retry, 1, 1), httpDelayMs(retry, 2, 0)], [1_000, 1_100, undefined]);
});

test('policies that could not be held are refused', () => {
  const retry = (policy: object) => subscriptionPolicyBreach(JSON.stringify({ healthyRetryPolicy: policy }));
  assert.match(retry({ minDelayTarget: 5, maxDelayTarget: 4 }) ?? '', /minDelayTarget is above/);
  assert.match(retry({ numRetries: 1, numNoDelayRetries: 2 }) ?? '', /more retries than numRetries/);
  assert.match(retry({ minDelayTarget: 3_600, maxDelayTarget: 3_600, numRetries: 2 }) ?? '', /more than 3600 seconds/);
  assert.match(retry({ numRetries: 101 }) ?? '', /numRetries/);
  assert.match(subscriptionPolicyBreach('{"throttlePolicy":{"maxReceivesPerSecond":1}}') ?? '', /^throttlePolicy/);
  assert.match(subscriptionPolicyBreach('{"requestPolicy":{"headerContentType":"a/b\\r\\nx: y"}}') ?? '', /headerContentType/);
  assert.equal(topicPolicyBreach('{"http":{}}'), undefined);
  assert.match(topicPolicyBreach('{}') ?? '', /^http/);
});

test('link-local addresses are refused, by name as well as by number', async () => {
  for (const host of ['169.254.169.254', '[fe80::1]', '::ffff:169.254.169.254', 'fd00:ec2::254'])
    assert.ok(refusedHost(host), host);
  for (const host of ['127.0.0.1', '[::1]', '10.0.0.1', 'example.com']) assert.ok(!refusedHost(host), host);
  const lookup = (all: boolean) =>
    new Promise((resolve, reject) =>
      safeLookup('localhost', { all }, (error, address) => (error ? reject(error) : resolve(address))),
    );
  assert.ok(['127.0.0.1', '::1'].includes((await lookup(false)) as string));
  assert.ok(Array.isArray(await lookup(true)));
  await assert.rejects(
    new Promise((_, reject) => safeLookup('169.254.1.1', {}, (error) => reject(error ?? new Error('taken')))),
    /is at 169\.254\.1\.1, which nothing is sent to/,
  );
});
