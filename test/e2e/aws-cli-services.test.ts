import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { startServer, type TestServer } from './server.ts';

// S3 and CloudWatch Logs by the AWS CLI; the other services have theirs beside their own tests.

const LARGE_BYTES = 20 * 1_048_576;
const execute = promisify(execFile);
let server: TestServer;
let directory: string;

before(async () => {
  server = await startServer();
  directory = mkdtempSync(join(tmpdir(), 'lambkin-cli-'));
});

after(async () => {
  rmSync(directory, { recursive: true, force: true });
  assert.equal(await server.close(), 0, server.output());
});

/** Runs the CLI, and keeps the names of the commands that were right. Undefined when there is no CLI here. */
async function commandLine(
  t: TestContext,
): Promise<{ run: (...words: string[]) => Promise<string>; done: Set<string> } | undefined> {
  const version = await execute('aws', ['--version']).catch((error: Error) => error);
  if (version instanceof Error) {
    t.skip(`there is no AWS CLI: ${version.message.split('\n')[0]}`);
    return undefined;
  }
  t.diagnostic(`with ${version.stdout.trim()}`);
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
  };
  const done = new Set<string>();
  const run = async (...words: string[]): Promise<string> => {
    const { stdout } = await execute('aws', ['--endpoint-url', server.endpoint, '--output', 'json', ...words], { env });
    done.add(words.slice(0, 2).join(' '));
    return stdout;
  };
  return { run, done };
}

test('S3 by the AWS CLI: buckets, objects large and small, listings, copies, presigned addresses', async (t) => {
  const cli = await commandLine(t);
  if (!cli) return;
  const { run, done } = cli;
  const [small, large, back] = ['small', 'large', 'back'].map((name) => join(directory, name)) as [string, string, string];
  writeFileSync(small, 'hällo');
  const bytes = Buffer.alloc(LARGE_BYTES, 'lambkin ');
  writeFileSync(large, bytes);
  await run('s3', 'mb', 's3://cli');
  await run('s3', 'cp', small, 's3://cli/a/small');
  await run('s3', 'cp', large, 's3://cli/large');
  await run('s3', 'cp', 's3://cli/large', back);
  assert.ok(readFileSync(back).equals(bytes));
  await run('s3', 'cp', 's3://cli/a/small', 's3://cli/b/copy');
  await run('s3', 'sync', 's3://cli/b', join(directory, 'synced'));
  assert.equal(readFileSync(join(directory, 'synced', 'copy'), 'utf8'), 'hällo');
  assert.match(await run('s3', 'ls', 's3://cli'), /PRE a\/\n[\s\S]*20971520 large/);
  const address = (await run('s3', 'presign', 's3://cli/a/small')).trim();
  assert.equal(await (await fetch(address)).text(), 'hällo');
  const head = JSON.parse(await run('s3api', 'head-object', '--bucket', 'cli', '--key', 'large'));
  assert.equal(head.ContentLength, LARGE_BYTES);
  const { Contents } = JSON.parse(await run('s3api', 'list-objects-v2', '--bucket', 'cli')) as { Contents: { Key: string }[] };
  assert.deepEqual(
    Contents.map(({ Key }) => Key),
    ['a/small', 'b/copy', 'large'],
  );
  await run('s3api', 'get-object', '--bucket', 'cli', '--key', 'large', '--range', 'bytes=0-6', back);
  assert.equal(readFileSync(back, 'utf8'), 'lambkin');
  await assert.rejects(run('s3api', 'head-object', '--bucket', 'cli', '--key', 'none'), /Not Found/);
  await run('s3', 'rm', 's3://cli', '--recursive');
  await run('s3', 'rb', 's3://cli');
  assert.doesNotMatch(await run('s3', 'ls'), /cli/);
  t.diagnostic(`${done.size} commands: ${[...done].join(', ')}`);
});

test('CloudWatch Logs by the AWS CLI: groups, streams, events, filters', async (t) => {
  const cli = await commandLine(t);
  if (!cli) return;
  const { run, done } = cli;
  const logs = (operation: string, ...words: string[]): Promise<string> => run('logs', operation, ...words);
  const group = ['--log-group-name', '/cli'];
  const stream = [...group, '--log-stream-name', 's'];
  await logs('create-log-group', ...group, '--tags', 'a=b');
  await logs('put-retention-policy', ...group, '--retention-in-days', '7');
  await logs('create-log-stream', ...stream);
  const [first, second] = [Date.now() - 1_000, Date.now()];
  await logs('put-log-events', ...stream, '--log-events', `timestamp=${first},message=one`, `timestamp=${second},message=two`);
  const groups = JSON.parse(await logs('describe-log-groups', '--log-group-name-prefix', '/cli')).logGroups;
  assert.deepEqual([groups.length, groups[0].retentionInDays], [1, 7]);
  const streams = JSON.parse(await logs('describe-log-streams', ...group)).logStreams;
  assert.equal(streams[0].lastEventTimestamp, second);
  const read = JSON.parse(await logs('get-log-events', ...stream, '--start-from-head')).events as { message: string }[];
  assert.deepEqual(
    read.map(({ message }) => message),
    ['one', 'two'],
  );
  const found = JSON.parse(await logs('filter-log-events', ...group, '--filter-pattern', 'two')).events as { message: string }[];
  assert.deepEqual(
    found.map(({ message }) => message),
    ['two'],
  );
  await logs('delete-retention-policy', ...group);
  await logs('delete-log-stream', ...stream);
  await logs('delete-log-group', ...group);
  assert.deepEqual(JSON.parse(await logs('describe-log-groups', '--log-group-name-prefix', '/cli')).logGroups, []);
  t.diagnostic(`${done.size} commands: ${[...done].join(', ')}`);
});
