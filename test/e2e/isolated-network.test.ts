import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { relative } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  InvokeCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { pythonClient } from '../runtimes/official/official-packages.ts';
import { Unavailable } from '../runtimes/corpus/subject.ts';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip, type ZipEntry } from './zip.ts';

// Environments that have a network each: what they reach of the server is what functions need, and of the host nothing.

const skip =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'networks of their own are made by root on Linux only';
const WAIT = { maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 };

let server: TestServer;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;
/** Something of the host that functions must not reach. */
let neighbour: Server;
let reached = 0;

before(async () => {
  if (skip) return;
  neighbour = createServer((_request, response) => {
    reached += 1;
    response.end('the host');
  });
  await new Promise<void>((resolve) => neighbour.listen(0, '0.0.0.0', resolve));
  server = await startServer({ LAMBKIN_SANDBOX_NETWORK: 'isolated', LAMBKIN_SANDBOX_EGRESS: 'none' });
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  logs = new CloudWatchLogsClient(clientOptions(server));
});

after(async () => {
  if (skip) return;
  lambda.destroy();
  logs.destroy();
  neighbour.close();
  assert.equal(await server.close(), 0, server.output());
});

async function make(
  FunctionName: string,
  Runtime: CreateFunctionCommandInput['Runtime'],
  files: Readonly<Record<string, ZipEntry>>,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime,
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 20,
      MemorySize: 1_769,
      Code: { ZipFile: await zip(files) },
      ...more,
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, ...WAIT }, { FunctionName });
}

async function invoke(FunctionName: string, event: unknown = {}): Promise<unknown> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), LogType: 'Tail' }));
  const text = answer.Payload?.transformToString() ?? 'null';
  assert.equal(answer.FunctionError, undefined, text);
  return JSON.parse(text);
}

/** Lines of a function's log, once they are as they should be. */
async function lines(name: string, areComplete: (lines: readonly string[]) => boolean): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const { events = [] } = await logs
      .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}` }))
      .catch(() => ({ events: [] }));
    const found = events.map(({ message = '', logStreamName = '' }) => `${logStreamName} ${message}`);
    if (areComplete(found)) return found;
    assert.ok(tries < 4_000, `the log stays:\n${found.join('\n')}`);
  }
}

describe('environments with a network of their own', { skip }, () => {
  test('a Node.js function calls the server by the SDK, and reaches nothing of the host', { timeout: 60_000 }, async () => {
    const { port } = neighbour.address() as AddressInfo;
    const source = `
      import { LambdaClient, GetFunctionCommand, InvokeCommand } from '@aws-sdk/client-lambda';
      import { networkInterfaces } from 'node:os';
      const attempt = (url) => fetch(url, { signal: AbortSignal.timeout(1_000) }).then(() => 'reached', (error) => error.cause?.code ?? error.name);
      export const handler = async ({ urls }) => {
        const client = new LambdaClient({});
        const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: process.env.AWS_LAMBDA_FUNCTION_NAME }));
        const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'other' }));
        return {
          name: Configuration.FunctionName, other: JSON.parse(Payload.transformToString()), api: process.env.AWS_LAMBDA_RUNTIME_API,
          interfaces: Object.keys(networkInterfaces()), tries: await Promise.all(urls.map(attempt)),
        };
      };`;
    await make('other', 'python3.11', {
      'index.py': `
import json, os, urllib.request
def handler(event, context):
    url = os.environ['AWS_ENDPOINT_URL'] + '/_lambkin/health'
    with urllib.request.urlopen(url, timeout=5) as response:
        return [response.status, url]
`,
    });
    await make('sdk', 'nodejs24.x', { 'index.mjs': source, ...packageFiles(['@aws-sdk/client-lambda']) });
    const urls = [`http://127.0.0.1:${port}`, `http://[::1]:${port}`, server.endpoint, 'http://203.0.113.1'];
    assert.equal(await (await fetch(urls[0] ?? '')).text(), 'the host', 'the test itself reaches it');
    assert.deepEqual(await invoke('sdk', { urls }), {
      name: 'sdk',
      other: [200, 'http://127.0.0.1:4566/_lambkin/health'],
      api: '127.0.0.1:9001',
      interfaces: ['lo'],
      tries: ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED', 'ENETUNREACH'],
    });
    assert.equal(reached, 1);
  });

  test("AWS's own client for Python runs a function over the Runtime API", { timeout: 180_000 }, async (t) => {
    const client = await officialClient(t);
    if (!client) return;
    const bootstrap = '#!/bin/sh\ncd "$LAMBDA_TASK_ROOT" && exec /usr/bin/python3 -m awslambdaric "$_HANDLER"\n';
    const source =
      'import os\ndef handler(event, context):\n    return [event["n"] + 1, context.aws_request_id, os.environ["AWS_LAMBDA_RUNTIME_API"]]\n';
    await make('official', 'provided.al2023', { ...client, 'index.py': source, bootstrap: { content: bootstrap, mode: 0o755 } });
    for (const n of [1, 2]) {
      const [next, requestId, api] = (await invoke('official', { n })) as [number, string, string];
      assert.deepEqual([next, api], [n + 1, '127.0.0.1:9001']);
      assert.match(requestId, /^[0-9a-f-]{36}$/);
    }
  });

  test('environments at the same time have a telemetry extension on the same port each', { timeout: 60_000 }, async () => {
    const content = readFileSync(new URL('telemetry-extension.py', import.meta.url), 'utf8');
    const { LayerVersionArn = '' } = await lambda.send(
      new PublishLayerVersionCommand({
        LayerName: 'fixed',
        Content: { ZipFile: await zip({ 'extensions/fixed': { content, mode: 0o755 } }) },
      }),
    );
    const source =
      'export const handler = async ({ n }) => { console.log(`line of ${n}`); await new Promise((resolve) => setTimeout(resolve, 2_000)); return n; };';
    await make('fixed', 'nodejs24.x', { 'index.mjs': source }, { Layers: [LayerVersionArn] });
    assert.deepEqual(await Promise.all([1, 2, 3].map((n) => invoke('fixed', { n }))), [1, 2, 3]);
    const isTold = (line: string): boolean => line.includes('fixed TELEMETRY function');
    const told = (await lines('fixed', (found) => found.filter(isTold).length === 3)).filter(isTold);
    assert.deepEqual(told.map((line) => /line of \d/.exec(line)?.[0]).toSorted(), ['line of 1', 'line of 2', 'line of 3']);
    assert.equal(new Set(told.map((line) => line.split(' ')[0])).size, 3, 'three environments');
    // Another configuration retires them, which their extensions are told over the Runtime API.
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'fixed', Description: 'new' }));
    await waitUntilFunctionUpdatedV2({ client: lambda, ...WAIT }, { FunctionName: 'fixed' });
    const isEnd = (line: string): boolean => line.endsWith('fixed SHUTDOWN spindown');
    assert.equal((await lines('fixed', (found) => found.filter(isEnd).length >= 3)).filter(isEnd).length, 3);
  });
});

/** The files of the client; skips with the reason when they can't be had. */
async function officialClient(t: TestContext): Promise<Record<string, ZipEntry> | undefined> {
  try {
    const version = execFileSync('/usr/bin/python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    }).trim();
    const folder = await pythonClient('3.1.1', process.env['LAMBKIN_TEST_PYTHON'] ?? `python${version}`, version);
    const names = globSync(`${folder}/**/*`, { withFileTypes: true }).filter((entry) => entry.isFile());
    return Object.fromEntries(
      names.map(({ parentPath, name }) => [relative(folder, `${parentPath}/${name}`), readFileSync(`${parentPath}/${name}`)]),
    );
  } catch (error) {
    if (!(error instanceof Unavailable) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    t.skip((error as Error).message);
    return undefined;
  }
}
