import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateLogGroupCommand, CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { S3_OPERATIONS } from '../../src/wire/generated/s3.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';

// The fidelity table against what a running server does: operations by bare requests, members by the official clients.

interface Told {
  readonly service: string;
  readonly operations: readonly {
    readonly operation: string;
    readonly state: 'done' | 'stored only' | 'refused';
    readonly members: readonly { readonly path: string; readonly state: string }[];
  }[];
}

let server: TestServer;
let services: ReadonlyMap<string, Told>;

before(async () => {
  server = await startServer();
  const answer = await fetch(`${server.endpoint}/_lambkin/compatibility`);
  const { services: told } = (await answer.json()) as { services: readonly Told[] };
  services = new Map(told.map((service) => [service.service, service]));
});

after(async () => assert.equal(await server.close(), 0, server.output()));

function authorization(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}

/** Sends an operation with no input by each protocol that the service speaks. */
const PROTOCOLS: Readonly<Record<string, { readonly json?: string; readonly query?: string }>> = {
  sqs: { json: 'AmazonSQS.', query: '2012-11-05' },
  sns: { query: '2010-03-31' },
  events: { json: 'AWSEvents.' },
  kinesis: { json: 'Kinesis_20131202.' },
  logs: { json: 'Logs_20140328.' },
  iam: { query: '2010-05-08' },
  sts: { query: '2011-06-15' },
};

async function answersOf(service: string, operation: string): Promise<[number, string][]> {
  const { json, query } = PROTOCOLS[service] ?? {};
  const requests: RequestInit[] = [];
  if (json !== undefined) {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': json + operation };
    requests.push({ headers, body: '{}' });
  }
  if (query !== undefined) requests.push({ body: new URLSearchParams({ Action: operation, Version: query }) });
  return Promise.all(
    requests.map(async (request): Promise<[number, string]> => {
      const headers = { ...(request.headers as Record<string, string>), authorization: authorization(service) };
      const answer = await fetch(server.endpoint, { ...request, headers, method: 'POST' });
      return [answer.status, await answer.text()];
    }),
  );
}

test('operations that the table refuses are refused by name, and no others', async (t) => {
  for (const service of Object.keys(PROTOCOLS)) {
    const operations = services.get(service)?.operations ?? [];
    for (const { operation, state } of operations) {
      for (const [status, text] of await answersOf(service, operation)) {
        const isRefused = status === 501 && text.includes(`lambkin does not implement ${operation} yet.`);
        assert.equal(isRefused, state === 'refused', `${service} ${operation}: ${status} ${text}`);
      }
    }
    const refused = operations.filter(({ state }) => state === 'refused').length;
    t.diagnostic(`${service}: ${operations.length} operations, ${refused} refused by name`);
  }
});

test('operations of S3 that the table refuses are refused by name', async (t) => {
  const operations = new Map(services.get('s3')?.operations.map(({ operation, state }) => [operation, state]));
  assert.equal(operations.size, S3_OPERATIONS.length);
  let refused = 0;
  for (const line of S3_OPERATIONS) {
    const [name = '', method = 'GET', path = ''] = line.split(' ');
    if (operations.get(name) !== 'refused') continue;
    refused += 1;
    const place = path.replace('{Bucket}', 'a-bucket').replace('{Key+}', 'key');
    const url = `${server.endpoint}${place}${place.includes('?') ? '&' : '?'}x-id=${name}`;
    const answer = await fetch(url, { method, headers: { authorization: authorization('s3') } });
    const text = await answer.text();
    assert.equal(answer.status, 501, line);
    if (method !== 'HEAD') assert.match(text, new RegExp(`lambkin does not implement ${name} yet`), line);
  }
  t.diagnostic(`s3: ${operations.size} operations, ${refused} refused by name`);
});

interface Client {
  readonly middlewareStack: { add: (middleware: never, options: { step: 'deserialize'; override: true; name: string }) => void };
}

/** What the last answer to a client named as stored only; undefined where it named nothing. */
function listen(client: Client): () => string | undefined {
  let header: string | undefined;
  const middleware =
    (next: (args: unknown) => Promise<{ response: { headers: Record<string, string> } }>) => async (args: unknown) => {
      const result = await next(args);
      header = result.response.headers['x-lambkin-stored-only'];
      return result;
    };
  client.middlewareStack.add(middleware as never, { step: 'deserialize', override: true, name: 'storedOnly' });
  return () => header;
}

test('answers name what was stored only, by every protocol', async (t) => {
  const options = { ...clientOptions(server), maxAttempts: 1 };
  const [sqs, sns, events, logs, iam, sts, s3] = [
    new SQSClient(options),
    new SNSClient(options),
    new EventBridgeClient(options),
    new CloudWatchLogsClient(options),
    new IAMClient(options),
    new STSClient(options),
    new S3Client(options),
  ];
  t.after(() => [sqs, sns, events, logs, iam, sts, s3].forEach((client) => client.destroy()));
  const heard = Object.fromEntries(
    Object.entries({ sqs, sns, events, logs, iam, sts, s3 }).map(([name, client]) => [name, listen(client)]),
  );
  const said = async (service: string, sending: Promise<unknown>): Promise<string | undefined> => (
    await sending,
    heard[service]?.()
  );

  assert.equal(await said('sqs', sqs.send(new CreateQueueCommand({ QueueName: 'plain' }))), undefined);
  const Attributes = { Policy: '{"Statement":[]}', KmsMasterKeyId: 'key', VisibilityTimeout: '5', SqsManagedSseEnabled: 'false' };
  assert.equal(
    await said('sqs', sqs.send(new CreateQueueCommand({ QueueName: 'kept', Attributes }))),
    'Attributes.Policy, Attributes.KmsMasterKeyId',
  );
  const form = {
    Action: 'CreateQueue',
    Version: '2012-11-05',
    QueueName: 'form',
    'Attribute.1.Name': 'Policy',
    'Attribute.1.Value': '{}',
  };
  const byForm = await fetch(server.endpoint, {
    method: 'POST',
    headers: { authorization: authorization('sqs') },
    body: new URLSearchParams(form),
  });
  assert.deepEqual([byForm.status, byForm.headers.get('x-lambkin-stored-only')], [200, 'Attributes.Policy']);

  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'kept' }));
  assert.equal(heard['sns']?.(), undefined);
  const set = (AttributeName: string, AttributeValue: string) =>
    sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
  assert.equal(await said('sns', set('DisplayName', 'x')), undefined);
  assert.equal(await said('sns', set('KmsMasterKeyId', 'key')), 'AttributeName.KmsMasterKeyId');

  const RoleArn = 'arn:aws:iam::000000000000:role/any';
  assert.equal(
    await said('events', events.send(new PutRuleCommand({ Name: 'kept', EventPattern: '{"source":["x"]}', RoleArn }))),
    'RoleArn',
  );
  const Targets = [{ Id: 'q', Arn: 'arn:aws:sqs:us-east-1:000000000000:kept', RoleArn }];
  assert.equal(await said('events', events.send(new PutTargetsCommand({ Rule: 'kept', Targets }))), 'Targets.RoleArn');

  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  });
  const role = new CreateRoleCommand({ RoleName: 'any', AssumeRolePolicyDocument: trust });
  assert.equal(await said('iam', iam.send(role)), 'AssumeRolePolicyDocument');
  assert.equal(await said('iam', iam.send(new GetRoleCommand({ RoleName: 'any' }))), undefined);
  const assume = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me', ExternalId: 'outside' });
  assert.equal(await said('sts', sts.send(assume)), 'ExternalId');

  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
  assert.equal(await said('s3', s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'k', Body: 'x' }))), undefined);
  const upload = new CreateMultipartUploadCommand({ Bucket: 'kept', Key: 'k', ChecksumAlgorithm: 'SHA256' });
  assert.equal(await said('s3', s3.send(upload)), 'ChecksumAlgorithm');

  await logs.send(new CreateLogGroupCommand({ logGroupName: 'kept' }));
  assert.equal(heard['logs']?.(), undefined);
  const backwards = new FilterLogEventsCommand({ logGroupName: 'kept', startFromHead: false } as never);
  await assert.rejects(logs.send(backwards), { name: 'InvalidParameterException', message: /startFromHead/ });
  assert.match(server.output(), /a setting was stored that has no effect yet/);
});
