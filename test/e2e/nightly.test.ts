import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { CreateEventBusCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer } from './server.ts';
import { zip } from './zip.ts';

// The example whose schedule runs a function that puts an event on a bus: by official clients, and by the commands of its page.

const EXAMPLE = new URL('../../examples/nightly/', import.meta.url);
const run = promisify(execFile);

const ROLE = 'arn:aws:iam::000000000000:role/nightly';

async function example(): Promise<Buffer> {
  const [index, manifest] = await Promise.all(['index.js', 'package.json'].map((name) => readFile(new URL(name, EXAMPLE))));
  assert.ok(index && manifest);
  return zip({ 'index.js': index, 'package.json': manifest, ...packageFiles(['@aws-sdk/client-eventbridge']) });
}

/** The commands of the page, but for those that install what is there. */
async function commandsOf(endpoint: string): Promise<string> {
  const page = await readFile(new URL('README.md', EXAMPLE), 'utf8');
  return [...page.matchAll(/^```sh\n(.*?)^```$/gms)]
    .map(([, block = '']) => block)
    .filter((block) => !block.startsWith('npm '))
    .join('\n')
    .replace('http://127.0.0.1:4566', endpoint);
}

test('a schedule runs a function, which tells a bus, which tells a queue', { timeout: 120_000 }, async () => {
  const server = await startServer();
  const options = clientOptions(server);
  const [events, lambda] = [new EventBridgeClient(options), new LambdaClient(options)];
  const [schedules, sqs] = [new SchedulerClient(options), new SQSClient(options)];
  try {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'reports' }));
    const EventBusName = 'nights';
    await events.send(new CreateEventBusCommand({ Name: EventBusName }));
    await events.send(new PutRuleCommand({ EventBusName, Name: 'reports', EventPattern: '{"source":["nightly"]}' }));
    const Targets = [{ Id: 'queue', Arn: 'arn:aws:sqs:us-east-1:000000000000:reports' }];
    await events.send(new PutTargetsCommand({ EventBusName, Rule: 'reports', Targets }));
    const { FunctionArn: Arn } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'nightly',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: ROLE,
        Environment: { Variables: { EVENT_BUS: EventBusName } },
        Code: { ZipFile: await example() },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName: 'nightly' });
    const at = new Date(Date.now() + 2_000).toISOString().slice(0, 19);
    const Input =
      '{"scheduledTime":"<aws.scheduler.scheduled-time>","execution":"<aws.scheduler.execution-id>","attempt":<aws.scheduler.attempt-number>}';
    await schedules.send(
      new CreateScheduleCommand({
        Name: 'nightly',
        ScheduleExpression: `at(${at})`,
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: { Arn, RoleArn: ROLE, Input },
      }),
    );
    const asked = { QueueUrl, WaitTimeSeconds: 20 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(asked));
    const { detail, 'detail-type': type } = JSON.parse(Messages[0]?.Body ?? '{}');
    assert.equal(type, 'Day Closed');
    assert.equal(detail.scheduledTime, `${at}Z`);
    assert.equal(detail.day, new Date(Date.parse(`${at}Z`) - 86_400_000).toISOString().slice(0, 10));
  } finally {
    for (const client of [events, lambda, schedules, sqs]) client.destroy();
    assert.equal(await server.close(), 0, server.output());
  }
});

test('the commands of the page do what it says', { timeout: 120_000 }, async (t) => {
  const version = await run('aws', ['--version']).catch((error: Error) => error);
  if (version instanceof Error) return t.skip(`there is no AWS CLI: ${version.message}`);
  const server = await startServer();
  const folder = await mkdtemp(join(tmpdir(), 'lambkin-nightly-'));
  try {
    await writeFile(join(folder, 'function.zip'), await example());
    await copyFile(new URL('deploy.sh', EXAMPLE), join(folder, 'deploy.sh'));
    const aws = `aws() { command aws --endpoint-url ${server.endpoint} --output json "$@"; }`;
    const script = `set -euo pipefail\n${aws}\n${await commandsOf(server.endpoint)}`;
    const PATH = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
    const env = { PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' };
    const { stdout } = await run('bash', ['-c', script], { cwd: folder, env });
    const [, at = ''] = /"scheduledTime\\":\\"(.*?)\\"/.exec(stdout) ?? [];
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 120_000, stdout);
    const day = new Date(Date.parse(at) - 86_400_000).toISOString().slice(0, 10);
    const [, body = ''] = /^\s*("\{\\"version.*")$/m.exec(stdout) ?? [];
    const { source, detail, 'detail-type': type, account } = JSON.parse(JSON.parse(body));
    assert.deepEqual([source, type, account], ['nightly', 'Day Closed', '000000000000']);
    assert.match(detail.execution, /^[0-9a-f]{16}$/);
    assert.deepEqual(detail, { day, scheduledTime: at, execution: detail.execution });
    assert.match(stdout, new RegExp(`closed ${day}, attempt 1`));
    assert.match(stdout, /\[\s*"nightly"\s*\]\s*$/, 'the schedule that ran once is deleted, the other is there');
  } finally {
    await rm(folder, { recursive: true, force: true });
    assert.equal(await server.close(), 0, server.output());
  }
});
