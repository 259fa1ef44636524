import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openWorld, ROLE } from './world.ts';

// The AWS CLI as a user types it, its waiters included.

const NAME = 'by-cli';

function findCli(): string | undefined {
  for (const program of ['/usr/bin/aws', 'aws']) {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return program;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

const cli = findCli();
const skip = cli ? false : 'this machine has no AWS CLI (Debian: awscli)';

test('the AWS CLI creates, waits, updates, publishes, invokes and deletes', { skip, timeout: 230_000 }, async () => {
  const world = await openWorld();
  const folder = await mkdtemp(join(tmpdir(), 'lambkin-cli-'));
  const run = promisify(execFile);
  let count = 0;
  const aws = async (command: string, ...more: readonly string[]): Promise<Record<string, unknown>> => {
    count += 1;
    const args = ['--endpoint-url', world.server.endpoint, '--output', 'json', 'lambda', ...command.split(' '), ...more];
    const { stdout } = await run(cli ?? '', args, {
      cwd: folder,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    });
    return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  };
  try {
    await writeFile(join(folder, 'one.zip'), await world.code('exports.handler = async (event) => ({ one: event });'));
    await writeFile(join(folder, 'two.zip'), await world.code('exports.handler = async (event) => ({ two: event });'));
    const made = await aws(
      `create-function --function-name ${NAME} --runtime nodejs24.x --handler index.handler --role ${ROLE} --zip-file fileb://one.zip`,
      '--environment',
      'Variables={KEY=value}',
    );
    assert.equal(made['State'], 'Pending');
    await aws(`wait function-exists --function-name ${NAME}`);
    await aws(`wait function-active-v2 --function-name ${NAME}`);
    await aws(`wait function-active --function-name ${NAME}`);
    const published = await aws(`publish-version --function-name ${NAME} --description first`);
    assert.equal(published['Version'], '1');
    await aws(`wait published-version-active --function-name ${NAME} --qualifier 1`);
    await aws(`update-function-code --function-name ${NAME} --zip-file fileb://two.zip`);
    await aws(`wait function-updated-v2 --function-name ${NAME}`);
    await aws(`update-function-configuration --function-name ${NAME} --timeout 7`);
    await aws(`wait function-updated --function-name ${NAME}`);
    const alias = await aws(`create-alias --function-name ${NAME} --name live --function-version 1`);
    assert.equal(alias['FunctionVersion'], '1');
    const invoke = `invoke --cli-binary-format raw-in-base64-out --payload {"a":1} answer.json --function-name`;
    await aws(`${invoke} ${NAME}`);
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'answer.json'), 'utf8')), { two: { a: 1 } });
    await aws(`${invoke} ${NAME}:live`);
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'answer.json'), 'utf8')), { one: { a: 1 } });
    await aws(
      `add-permission --function-name ${NAME} --statement-id s3 --action lambda:InvokeFunction --principal s3.amazonaws.com`,
    );
    assert.match(String((await aws(`get-policy --function-name ${NAME}`))['Policy']), /"Sid":"s3"/);
    const layer = await aws(`publish-layer-version --layer-name by-cli --zip-file fileb://one.zip`);
    assert.equal(layer['Version'], 1);
    await aws(`create-event-source-mapping --function-name ${NAME} --event-source-arn ${await world.queue('q')}`);
    assert.equal(((await aws('list-functions --max-items 10'))['Functions'] as unknown[]).length, 1);
    assert.equal(((await aws(`get-function --function-name ${NAME}`))['Configuration'] as { Timeout: number }).Timeout, 7);
    await aws(`delete-function --function-name ${NAME}`);
    const gone = await aws(`get-function --function-name ${NAME}`).catch((error: { stderr?: string }) => error.stderr);
    assert.match(
      String(gone),
      /ResourceNotFoundException.*Function not found: arn:aws:lambda:us-east-1:000000000000:function:by-cli/,
    );
    console.log(`AWS CLI: ${count} commands, none wrong`);
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
});
