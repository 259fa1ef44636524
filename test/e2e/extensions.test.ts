import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip, type ZipEntry } from './zip.ts';

// Extensions from layers and from inside functions, with real processes, against the Extensions and Telemetry APIs.

let server: TestServer;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

before(async () => {
  server = await startServer();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  logs = new CloudWatchLogsClient(clientOptions(server));
});

after(async () => {
  lambda.destroy();
  logs.destroy();
  assert.equal(await server.close(), 0, server.output());
});

/** An extension that registers, subscribes if it is told to, prints every event it gets and works `busySeconds` on each. */
const WATCHER = `#!/usr/bin/env python3
import json, os, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

API = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API']
NAME = os.path.basename(__file__)
BUSY = float(os.environ.get('BUSY_SECONDS', '0'))
TYPES = os.environ.get('TELEMETRY_TYPES')

def say(*words):
    print(NAME, *words, flush=True)

def call(method, path, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data, headers, method=method)
    with urllib.request.urlopen(request) as response:
        return response, response.read()

class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers['content-length'])))
        for event in events:
            say('TELEMETRY', json.dumps(event, separators=(',', ':')))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass

response, body = call('POST', '/2020-01-01/extension/register', {'events': ['INVOKE', 'SHUTDOWN']},
                      {'Lambda-Extension-Name': NAME, 'Lambda-Extension-Accept-Feature': 'accountId'})
own = {'Lambda-Extension-Identifier': response.headers['Lambda-Extension-Identifier']}
say('REGISTERED', body.decode(), 'HANDLER' in os.environ, '_HANDLER' in os.environ, os.environ.get('KEY'), os.getcwd())
if TYPES:
    sink = HTTPServer(('', 0), Sink)
    threading.Thread(target=sink.serve_forever, daemon=True).start()
    call('PUT', '/2022-07-01/telemetry', {'schemaVersion': '2022-12-13', 'types': TYPES.split(','),
         'buffering': {'maxItems': 1000, 'maxBytes': 262144, 'timeoutMs': 25},
         'destination': {'protocol': 'HTTP', 'URI': 'http://sandbox.localdomain:%d/events' % sink.server_port}}, own)
while True:
    event = json.loads(call('GET', '/2020-01-01/extension/event/next', None, own)[1])
    say('EVENT', event['eventType'], event.get('requestId') or event.get('shutdownReason'))
    if event['eventType'] == 'SHUTDOWN':
        sys.exit(0)
    time.sleep(BUSY)
    say('DONE', event['requestId'])
`;

const program = (content: string): ZipEntry => ({ content, mode: 0o755 });

async function layer(name: string, files: Readonly<Record<string, ZipEntry>>): Promise<string> {
  const { LayerVersionArn } = await lambda.send(
    new PublishLayerVersionCommand({ LayerName: name, Content: { ZipFile: await zip(files) } }),
  );
  return LayerVersionArn ?? '';
}

async function make(
  FunctionName: string,
  source: string,
  Layers: readonly string[],
  more: { Timeout?: number; Variables?: Record<string, string> } = {},
): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: more.Timeout ?? 10,
      MemorySize: 512,
      Layers: [...Layers],
      Environment: { Variables: { KEY: 'value', ...more.Variables } },
      Code: { ZipFile: await zip({ 'index.mjs': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.1, maxDelay: 0.1 }, { FunctionName });
}

/** With the log's tail an answer comes when the environment is done, its extensions too, so that the next one finds it free. */
async function invoke(
  FunctionName: string,
  LogType: 'Tail' | 'None' = 'Tail',
): Promise<{ value: unknown; error: string | undefined; requestId: string }> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, LogType }));
  return {
    value: JSON.parse(answer.Payload?.transformToString() || 'null'),
    error: answer.FunctionError,
    requestId: answer.$metadata.requestId ?? '',
  };
}

/** All lines of a function's log, once they are as they should be. */
async function lines(name: string, areComplete: (lines: readonly string[]) => boolean): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await logs
        .send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, nextToken }))
        .catch(() => ({ events: [], nextToken: undefined }));
      found.push(...(page.events ?? []).map(({ message = '' }) => message));
      nextToken = page.nextToken;
    } while (nextToken);
    if (areComplete(found)) return found;
    assert.ok(tries < 4_000, `the log stays:\n${found.join('\n')}`);
  }
}

const isWatcher = (line: string): boolean => line.startsWith('watcher ');

test('an external extension registers before the runtime starts and hears of every invocation', async () => {
  const arn = await layer('watcher', { 'extensions/watcher': program(WATCHER) });
  await make('watched', 'console.log("init"); export const handler = async () => "answer";', [arn]);
  const first = await invoke('watched');
  const second = await invoke('watched');
  assert.deepEqual([first.value, second.value], ['answer', 'answer']);
  const all = await lines('watched', (found) => found.filter((line) => line.startsWith('REPORT')).length === 2);
  const facts = { functionName: 'watched', functionVersion: '$LATEST', handler: 'index.handler', accountId: '000000000000' };
  const told = all
    .filter((line) => isWatcher(line) || /\tinit$|^EXTENSION/.test(line))
    .map((line) => line.replace(/^.*\tinit$/, 'init'));
  assert.deepEqual(told, [
    `watcher REGISTERED ${JSON.stringify(facts)} False False value /`,
    'init',
    'EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]',
    `watcher EVENT INVOKE ${first.requestId}`,
    `watcher DONE ${first.requestId}`,
    `watcher EVENT INVOKE ${second.requestId}`,
    `watcher DONE ${second.requestId}`,
  ]);
});

test('the answer does not wait for an extension, the report does', async () => {
  const arn = await layer('watcher', { 'extensions/watcher': program(WATCHER) });
  await make('busy', 'export const handler = async () => Date.now();', [arn], { Variables: { BUSY_SECONDS: '0.7' } });
  await invoke('busy', 'None');
  const all = await lines('busy', (found) => found.some((line) => line.startsWith('REPORT')));
  const report = all.find((line) => line.startsWith('REPORT')) ?? '';
  assert.ok(Number(/\tDuration: ([\d.]+) ms/.exec(report)?.[1]) >= 700, report);
  const started = Date.now();
  const answer = await invoke('busy', 'None');
  // A machine under load may be slow, but not by as much as the extension works.
  assert.ok(Number(answer.value) - started < 650, `${Number(answer.value) - started} ms`);
});

test('after a timeout extensions are told why, and the environment begins anew with all of them', async () => {
  const arn = await layer('watcher', { 'extensions/watcher': program(WATCHER) });
  await make(
    'slow',
    'let count = 0; export const handler = async () => { count += 1; if (count > 1) await new Promise(() => setInterval(() => {}, 1000)); return count; };',
    [arn],
    {
      Timeout: 1,
    },
  );
  assert.equal((await invoke('slow')).value, 1);
  assert.equal((await invoke('slow')).error, 'Unhandled');
  assert.equal((await invoke('slow')).value, 1);
  const all = await lines('slow', (found) => found.filter((line) => line.startsWith('REPORT')).length === 3);
  assert.ok(all.includes('watcher EVENT SHUTDOWN timeout'), all.join('\n'));
  assert.equal(all.filter((line) => line.includes('watcher REGISTERED')).length, 2);
});

test('a telemetry extension receives every platform event of a hundred invocations, in order', { timeout: 120_000 }, async () => {
  const arn = await layer('watcher', { 'extensions/watcher': program(WATCHER) });
  const source =
    'export const handler = async () => { console.log("a line"); console.log(JSON.stringify({ level: "INFO", a: 1 })); };';
  await make('measured', source, [arn], { Variables: { TELEMETRY_TYPES: 'platform,function' } });
  const ids: string[] = [];
  for (let turn = 0; turn < 100; turn += 1) ids.push((await invoke('measured')).requestId);
  // The last events are delivered when the environment is thawed for one more invocation.
  await invoke('measured');
  const all = await lines('measured', (found) =>
    found.some((line) => line.includes('platform.report') && line.includes(ids.at(-1) ?? '')),
  );
  const events = all
    .filter((line) => line.startsWith('watcher TELEMETRY '))
    .map(
      (line) =>
        JSON.parse(line.slice('watcher TELEMETRY '.length)) as { time: string; type: string; record: Record<string, unknown> },
    );
  const ofInit = events.filter(({ type }) => /init|extension|Subscription/.test(type)).map(({ type }) => type);
  assert.deepEqual(ofInit, [
    'platform.initStart',
    'platform.telemetrySubscription',
    'platform.extension',
    'platform.initRuntimeDone',
    'platform.initReport',
  ]);
  for (const type of ['platform.start', 'platform.runtimeDone', 'platform.report']) {
    const seen = events.filter((event) => event.type === type).map(({ record }) => record['requestId']);
    assert.deepEqual(seen.slice(0, 100), ids, type);
  }
  const first = events.filter(({ record }) => record['requestId'] === ids[0]).map(({ type }) => type);
  assert.deepEqual(first, ['platform.start', 'platform.runtimeDone', 'platform.report']);
  const report = events.find(({ type }) => type === 'platform.report')?.record;
  assert.equal(report?.['status'], 'success');
  assert.deepEqual(Object.keys((report?.['metrics'] ?? {}) as object).toSorted(), [
    'billedDurationMs',
    'durationMs',
    'initDurationMs',
    'maxMemoryUsedMB',
    'memorySizeMB',
  ]);
  const ofFunction = events.filter(({ type }) => type === 'function').map(({ record }) => record);
  assert.match(String(ofFunction[0]), /\tINFO\ta line$/);
  assert.ok(ofFunction.length >= 200);
});

test('an extension inside the function registers too, but not for the end', async () => {
  await make(
    'inside',
    `import { request } from 'node:http';
     const call = (method, path, body, headers = {}) => new Promise((resolve, reject) => {
       const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
       const sent = request({ host, port, method, path, headers }, (response) => {
         let text = '';
         response.on('data', (chunk) => (text += chunk)).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
       });
       sent.on('error', reject);
       sent.end(body);
     });
     const register = (name, events) => call('POST', '/2020-01-01/extension/register', JSON.stringify({ events }), { 'Lambda-Extension-Name': name });
     const refused = await register('inner', ['SHUTDOWN']);
     const taken = await register('inner', ['INVOKE']);
     const again = await register('inner', ['INVOKE']);
     const wrong = await register('other', ['NEVER']);
     const id = taken.headers['lambda-extension-identifier'];
     const heard = [];
     const listen = async () => { for (;;) heard.push(JSON.parse((await call('GET', '/2020-01-01/extension/event/next', undefined, { 'Lambda-Extension-Identifier': id })).text).eventType); };
     void listen();
     await new Promise((resolve) => setTimeout(resolve, 50));
     export const handler = async () => {
       await new Promise((resolve) => setTimeout(resolve, 50));
       const late = await register('late', []);
       const nobody = await call('GET', '/2020-01-01/extension/event/next', undefined, {});
       return { refused, taken: taken.status, again, wrong, heard, late, nobody };
     };`,
    [],
  );
  const { value } = (await invoke('inside')) as { value: Record<string, { status: number; text: string }> & { heard: string[] } };
  const type = (answer: { status: number; text: string } | undefined): unknown[] => [
    answer?.status,
    (JSON.parse(answer?.text ?? '{}') as { errorType: string }).errorType,
  ];
  assert.deepEqual(type(value['refused']), [403, 'Extension.InvalidEventType']);
  assert.equal(value['taken'], 200);
  assert.deepEqual(type(value['again']), [403, 'Extension.InvalidExtensionState']);
  assert.deepEqual(type(value['wrong']), [403, 'Extension.InvalidEventType']);
  assert.deepEqual(type(value['late']), [403, 'Extension.RegistrationClosed']);
  assert.deepEqual(type(value['nobody']), [403, 'Extension.MissingExtensionIdentifier']);
  assert.deepEqual(value.heard, ['INVOKE']);
});

test('the environment knows its zone, and tells it to whoever has its token', async () => {
  await make(
    'placed',
    `import { request } from 'node:http';
     const ask = (token) => new Promise((resolve, reject) => {
       const [host, port] = process.env.AWS_LAMBDA_METADATA_API.split(':');
       const headers = { Authorization: 'Bearer ' + token };
       request({ host, port, path: '/2026-01-15/metadata/execution-environment', headers }, (response) => {
         let text = '';
         response.on('data', (chunk) => (text += chunk)).on('end', () => resolve([response.statusCode, text]));
       }).on('error', reject).end();
     });
     export const handler = async () => [await ask(process.env.AWS_LAMBDA_METADATA_TOKEN), (await ask('another'))[0]];`,
    [],
  );
  assert.deepEqual((await invoke('placed')).value, [[200, '{"AvailabilityZoneID":"use1-az1"}'], 401]);
});

test('an extension that ends or can not be started fails the function by name', async () => {
  const crashing = await layer('crashing', { 'extensions/crash': program('#!/bin/sh\nexit 3\n') });
  await make('crashed', 'export const handler = async () => 1;', [crashing]);
  const crash = await invoke('crashed');
  assert.equal((crash.value as { errorType: string }).errorType, 'Extension.Crash');
  const plain = await layer('plain', { 'extensions/plain': { content: 'no program', mode: 0o644 } });
  await make('unstartable', 'export const handler = async () => 1;', [plain]);
  const launch = await invoke('unstartable');
  assert.equal((launch.value as { errorType: string }).errorType, 'Extension.LaunchError');
});
