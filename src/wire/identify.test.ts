import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemIds } from '../adapters/system/ids.ts';
import { issueAccessKeyId } from '../model/access-key.ts';
import { LAMBDA } from './generated/lambda.ts';
import { identify, type Identity } from './identify.ts';

function by(headers: Record<string, string>, path = '/', query = ''): Identity {
  return identify({ headers, path, query });
}

function signed(scope: string): string {
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=00`;
}

test('the credential scope names service, region and account', () => {
  assert.deepEqual(by({ authorization: signed('123456789012/20260101/ap-south-1/lambda/aws4_request') }), {
    service: 'lambda',
    region: 'ap-south-1',
    account: '123456789012',
    accessKeyId: '123456789012',
    presigned: false,
  });
  const issued = issueAccessKeyId('000000000042', systemIds().hex(4));
  assert.equal(by({ authorization: signed(`${issued}/20260101/us-east-1/s3/aws4_request`) }).account, '000000000042');
  assert.equal(by({ authorization: signed('test/20260101/us-east-1/sqs/aws4_request') }).account, undefined);
});

test('a scope for several regions names the service and no region', () => {
  const found = by({
    authorization: 'AWS4-ECDSA-P256-SHA256 Credential=test/20260101/s3/aws4_request, SignedHeaders=host, Signature=00',
  });
  assert.equal(found.service, 's3');
  assert.equal(found.region, undefined);
});

test('a URL presigned the old way tells its owner', () => {
  const found = identify({ path: '/box/key', query: 'AWSAccessKeyId=111122223333&Signature=x&Expires=1', headers: {} });
  assert.deepEqual(found, { service: 's3', accessKeyId: '111122223333', account: '111122223333', presigned: true });
});

test('a presigned URL carries its scope in the query', () => {
  const found = by(
    {},
    '/photos/a.jpg',
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20260101%2Feu-west-3%2Fs3%2Faws4_request',
  );
  assert.deepEqual(found, { service: 's3', region: 'eu-west-3', accessKeyId: 'test', presigned: true });
});

test('a target header goes before the scope: two services share one', () => {
  const authorization = signed('test/20260101/us-east-1/dynamodb/aws4_request');
  assert.equal(by({ authorization, 'x-amz-target': 'DynamoDBStreams_20120810.GetRecords' }).service, 'dynamodbstreams');
  assert.equal(by({ 'x-amz-target': 'Logs_20140328.PutLogEvents' }).service, 'logs');
  assert.equal(by({ authorization, 'x-amz-target': 'Unknown.Thing' }).service, 'dynamodb');
});

test("targets named like an object's members are unknown targets", () => {
  for (const name of ['constructor', '__proto__', 'toString', ''])
    assert.equal(by({ 'x-amz-target': `${name}.x` }).service, 's3', name);
});

test('every path of the Lambda API is known without a signature', () => {
  for (const [name, { path }] of Object.entries(LAMBDA.operations))
    assert.equal(by({ host: '127.0.0.1' }, path).service, 'lambda', name);
});

test('a data plane is told by its host whatever the signature says', () => {
  const authorization = signed('test/20260101/us-east-1/lambda/aws4_request');
  assert.equal(by({ host: 'abc.lambda-url.us-east-1.localhost:4566', authorization }).service, 'lambda-url');
  assert.equal(by({ host: 'abc.execute-api.us-east-1.localhost' }).service, 'execute-api');
});

test('unsigned requests: query version, bucket host, and S3 for all the rest', () => {
  assert.equal(by({}, '/', 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15').service, 'sts');
  assert.equal(by({}, '/', 'Action=X&Version=1999-01-01').service, 's3');
  // A bucket may hold keys that look like the Lambda API.
  assert.equal(by({ host: 'photos.localhost:4566' }, '/2015-03-31/functions').service, 's3');
  assert.equal(by({ host: 'photos.s3.eu-west-1.amazonaws.com' }, '/2015-03-31/functions').service, 's3');
  assert.equal(by({}, '/photos/a.jpg').service, 's3');
});

test('hostile input takes time in proportion to its length', () => {
  const long = 'a.s3-'.repeat(200_000);
  const startedMs = performance.now();
  by(
    { host: long, authorization: `Credential=${'/'.repeat(1_000_000)}`, 'x-amz-target': long },
    `/${long}`,
    `X-Amz-Credential=${'%2F'.repeat(300_000)}`,
  );
  by({ host: long }, `/${long}`, 'Version='.repeat(120_000));
  assert.ok(performance.now() - startedMs < 1_000, 'quadratic work would take minutes here');
});
