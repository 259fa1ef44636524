import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACCOUNT, openSns, queueArn } from './sns-fixture.ts';
import { SNS_BUILT } from './sns-operations.ts';

const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:news`;
const MEMBERS = [
  'TopicArn',
  'TargetArn',
  'ResourceArn',
  'SubscriptionArn',
  'Name',
  'Protocol',
  'Endpoint',
  'Message',
  'Subject',
  'MessageStructure',
  'MessageAttributes.entry.1.Name',
  'MessageAttributes.entry.1.Value.DataType',
  'MessageAttributes.entry.1.Value.StringValue',
  'Attributes.entry.1.key',
  'Attributes.entry.1.value',
  'AttributeName',
  'AttributeValue',
  'PublishBatchRequestEntries.member.1.Id',
  'PublishBatchRequestEntries.member.1.Message',
  'Tags.member.1.Key',
  'Tags.member.1.Value',
  'TagKeys.member.1',
  'Label',
  'AWSAccountId.member.1',
  'ActionName.member.1',
  'Token',
  'NextToken',
];
const VALUES = [
  '',
  'x',
  '__proto__',
  'constructor',
  '{}',
  '[]',
  'null',
  '{"a":["b"]}',
  '{"http":{}}',
  '{"deadLetterTargetArn":null}',
  '{"Statement":null}',
  'true',
  'sqs',
  'http',
  'http://%00/',
  'FilterPolicy',
  'RedrivePolicy',
  'DeliveryPolicy',
  'Policy',
  'String',
  'json',
  '\u0000\ud800',
  TOPIC,
  `${TOPIC}:00000000-0000-4000-8000-000000000000`,
  queueArn('q'),
  '9'.repeat(400),
];

test('no request is answered by a fault of the server', async (t) => {
  const { endpoint, topic, logger } = await openSns(t);
  await topic('news');
  const operation = fc.constantFrom(...Object.keys(SNS_BUILT));
  const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...VALUES) }, fc.string({ maxLength: 60, unit: 'binary' }));
  const members = fc.uniqueArray(fc.tuple(fc.constantFrom(...MEMBERS), value), { maxLength: 8, selector: ([name]) => name });
  await fc.assert(
    fc.asyncProperty(operation, members, fc.boolean(), async (Action, pairs, isNamed) => {
      const given = new Map([
        ['Action', Action],
        ['Version', '2010-03-31'],
        ...(isNamed ? [['TopicArn', TOPIC] as const] : []),
        ...pairs,
      ]);
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0`,
        },
        body: new URLSearchParams([...given]).toString(),
      });
      const text = await response.text();
      assert.ok(response.status < 500 || response.status === 501, `${response.status} ${text}`);
      assert.match(text, /^<(\w+)Response xmlns=.*<\/\1Response>$/s);
    }),
    { numRuns: 300 },
  );
  assert.ok(!JSON.stringify(logger).includes('our own fault'), JSON.stringify(logger));
});
