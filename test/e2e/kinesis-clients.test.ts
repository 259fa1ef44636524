import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { KINESIS_BUILT } from '../../src/services/kinesis/kinesis-operations.ts';
import { startServer, type TestServer } from './server.ts';

// Kinesis by official clients that are not JavaScript's: both send awsJson over HTTP/1.1.

const execute = promisify(execFile);
const RUN = fileURLToPath(new URL('./kinesis-run.py', import.meta.url));
let server: TestServer;

before(async () => {
  server = await startServer();
});

after(async () => {
  assert.equal(await server.close(), 0, server.output());
});

test('every operation by boto3, its waiters and its event stream', async (t) => {
  const found = await execute('python3', ['-c', 'import boto3; print(boto3.__version__)']).catch((error: Error) => error);
  if (found instanceof Error) return t.skip('python3 has no boto3 here');
  const { stdout } = await execute('python3', [RUN, server.endpoint]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { operation: string; ok?: boolean; skipped?: string });
  const right = new Set(lines.filter(({ ok }) => ok).map(({ operation }) => operation));
  const unknown = new Set(lines.filter(({ skipped }) => skipped !== undefined).map(({ operation }) => operation));
  const names = [...Object.keys(KINESIS_BUILT), 'SubscribeToShard'];
  const missing = names.map((name) => name.replace(/(?<=.)[A-Z]/g, '_$&').toLowerCase());
  assert.deepEqual(
    missing.filter((name) => !right.has(name) && !unknown.has(name)),
    [],
  );
  t.diagnostic(`boto3 ${found.stdout.trim()}: ${right.size} of ${names.length} operations right, ${unknown.size} unknown to it`);
});

test('streams by the AWS CLI', async (t) => {
  const version = await execute('aws', ['--version']).catch((error: Error) => error);
  if (version instanceof Error) return t.skip(`there is no AWS CLI: ${version.message.split('\n')[0]}`);
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_DEFAULT_REGION: 'us-east-1' };
  const aws = async (...words: string[]): Promise<Record<string, unknown>> => {
    const { stdout } = await execute('aws', ['--endpoint-url', server.endpoint, '--output', 'json', 'kinesis', ...words], {
      env,
    });
    return JSON.parse(stdout || '{}') as Record<string, unknown>;
  };
  await aws('create-stream', '--stream-name', 'cli', '--shard-count', '1');
  for (let status = ''; status !== 'ACTIVE';) {
    const { StreamDescriptionSummary: summary } = await aws('describe-stream-summary', '--stream-name', 'cli');
    status = (summary as { StreamStatus: string }).StreamStatus;
  }
  await aws('put-record', '--stream-name', 'cli', '--partition-key', 'k', '--data', Buffer.from('hello').toString('base64'));
  const shard = ['--stream-name', 'cli', '--shard-id', 'shardId-000000000000', '--shard-iterator-type', 'TRIM_HORIZON'];
  const { ShardIterator } = await aws('get-shard-iterator', ...shard);
  const { Records } = await aws('get-records', '--shard-iterator', String(ShardIterator));
  assert.equal((Records as unknown[]).length, 1);
  await aws('delete-stream', '--stream-name', 'cli');
  t.diagnostic(version.stdout.trim());
});
