import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SCHEDULER } from '../../wire/generated/scheduler.ts';
import { ACCOUNT, FUNCTION, openScheduler, queueNamed, ROLE } from './scheduler-fixture.ts';

const GROUP = `arn:aws:scheduler:us-east-1:${ACCOUNT}:schedule-group/default`;
const TARGET = { Arn: FUNCTION, RoleArn: ROLE };
const VALUES: readonly unknown[] = [
  '',
  'x',
  's',
  '__proto__',
  'constructor',
  '../../x',
  'a\nb',
  '{}',
  '[]',
  'null',
  '\u0000\ud800',
  '9'.repeat(400),
  -1,
  0,
  1e308,
  1.5,
  8.64e15,
  true,
  null,
  [],
  {},
  [null],
  'rate(1 minute)',
  'rate(999999999999999 days)',
  'cron(0/1 * * * ? *)',
  'cron(* * 31 2 ? 2199)',
  'cron(0-59/1,0,0,0 0-23/1 ? 1-12/1 1-7/1 1970-2199/1)',
  'at(2026-01-01T00:00:01)',
  'at(9999-12-31T23:59:59)',
  'at(0000-01-01T00:00:00)',
  'Europe/Berlin',
  'Etc/GMT+12',
  '+01:00',
  'ENABLED',
  'DELETE',
  'lk1-',
  'lk1-AAAA',
  GROUP,
  TARGET,
  { ...TARGET, Input: '{"a":<aws.scheduler.attempt-number>}' },
  { ...TARGET, Input: '"<aws.scheduler.schedule-arn>"'.repeat(2) },
  { ...TARGET, Arn: 'arn:aws:scheduler:::aws-sdk:lambda:invoke', Input: '{"__proto__":1,"FunctionName":"a:b:c"}' },
  { ...TARGET, Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', Input: '{"QueueUrl":"http://%00","MessageBody":""}' },
  { ...TARGET, Arn: queueNamed('q.fifo'), SqsParameters: { MessageGroupId: '' } },
  { ...TARGET, DeadLetterConfig: {} },
  { ...TARGET, RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
  { Mode: 'OFF' },
  { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1_440 },
  { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 1e300 },
  [{ Key: 'aws:x', Value: 'v' }],
  [{ Key: '__proto__', Value: 'v' }],
];
const BODY = {
  ScheduleExpression: 'rate(1 minute)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: TARGET,
  Tags: [{ Key: 'a', Value: 'b' }],
};

test('no request is answered by a fault of the server, and the clockwork survives all that is taken', async (t) => {
  const { endpoint, clock, logger, client, create } = await openScheduler(t);
  assert.ok(client);
  await create({ Name: 's' });
  const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...VALUES) }, fc.string({ maxLength: 60, unit: 'binary' }));
  const operations = Object.entries(SCHEDULER.operations);
  const request = fc.constantFrom(...operations).chain(([, operation]) => {
    const names = Object.keys(operation.input);
    const members = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), value), { maxLength: 6, selector: ([name]) => name });
    return fc.tuple(fc.constant(operation), members, fc.boolean());
  });
  const send = async (method: string, path: string, body: string | undefined): Promise<{ status: number; text: string }> => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/us-east-1/scheduler/aws4_request, SignedHeaders=host, Signature=0`;
    const response = await fetch(endpoint + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined || method === 'GET' ? {} : { body }),
    });
    return { status: response.status, text: await response.text() };
  };
  await fc.assert(
    fc.asyncProperty(request, async ([operation, pairs, isNamed]) => {
      const given: Record<string, unknown> = Object.assign(Object.create(null), BODY, Object.fromEntries(pairs));
      const text = (name: string): string => (isNamed || !(name in given) ? 's' : String(given[name])).toWellFormed();
      const label = (name: string): string => encodeURIComponent(name === 'ResourceArn' && isNamed ? GROUP : text(name));
      const path = operation.path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => label(name));
      const query = new URLSearchParams();
      for (const [name, { in: place, as = name }] of Object.entries(operation.input))
        if (place === 'query' && name in given) query.append(as, text(name));
      const { status, text: answer } = await send(operation.method, `${path}?${query}`, JSON.stringify(given));
      assert.ok(status < 500, `${status} ${answer}`);
      JSON.parse(answer);
    }),
    { numRuns: 600 },
  );
  for (const body of ['', '[]', 'null', '{"a":', '\u0000', '"x"', `{"Target":${'['.repeat(50_000)}`]) {
    const { status, text } = await send('POST', '/schedules/raw', body);
    assert.equal(status, 400, text);
    assert.equal(typeof JSON.parse(text).Message, 'string', text);
  }
  assert.equal((await send('POST', '/schedules/large', `{"Description":"${'x'.repeat(3_000_000)}"}`)).status, 413);
  assert.equal((await send('PATCH', '/schedules/s', '{}')).status, 404);
  assert.equal((await send('GET', '/schedules/%zz', undefined)).status, 400);
  await clock.advance(10 * 60_000);
  assert.doesNotMatch(JSON.stringify(logger), /our own fault|can not be run|could not be acknowledged/);
});
