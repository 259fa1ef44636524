import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  type Runtime,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { packageFiles } from './package-closure.ts';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip, type ZipEntry } from './zip.ts';

// Functions written with Powertools for AWS Lambda, its packages as they come from their registries.

let server: TestServer;
let lambda: LambdaClient;

before(async () => {
  server = await startServer();
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
});

after(async () => {
  lambda.destroy();
  assert.equal(await server.close(), 0, server.output());
});

async function make(FunctionName: string, Runtime: Runtime, files: Readonly<Record<string, ZipEntry>>): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime,
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Timeout: 20,
      MemorySize: 512,
      LoggingConfig: { LogFormat: 'JSON' },
      Environment: { Variables: { POWERTOOLS_SERVICE_NAME: 'orders', POWERTOOLS_METRICS_NAMESPACE: 'shop' } },
      Code: { ZipFile: await zip(files) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.1 }, { FunctionName });
}

interface Told {
  readonly value: unknown;
  readonly records: Record<string, unknown>[];
}

/** Invokes and reads the JSON records of the log's tail. */
async function invoke(FunctionName: string): Promise<Told> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, LogType: 'Tail', Payload: Buffer.from('{"id":7}') }));
  const text = answer.Payload?.transformToString() ?? '';
  assert.equal(answer.FunctionError, undefined, text);
  const lines = Buffer.from(answer.LogResult ?? '', 'base64')
    .toString()
    .split('\n');
  const records = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
  return { value: JSON.parse(text), records };
}

function check({ value, records }: Told, name: string, isCold: boolean): void {
  assert.deepEqual(value, { id: 7 });
  const log = records.find(({ message }) => message === 'taken');
  assert.equal(log?.['service'], 'orders', JSON.stringify(records));
  assert.equal(log?.['function_name'], name);
  assert.equal(log?.['cold_start'], isCold);
  assert.match(String(log?.['function_request_id']), /^[0-9a-f-]{36}$/);
  assert.equal(log?.['level'], 'INFO');
  const metric = records.find((record) => '_aws' in record);
  assert.ok(metric, 'the metric in the embedded format is passed on as it is');
  assert.deepEqual([metric['orders']].flat(), [1]);
  assert.ok(records.some(({ type }) => type === 'platform.report'));
}

test('a Node.js function with the logger and metrics of Powertools', async () => {
  const source = `
    const { Logger } = require('@aws-lambda-powertools/logger');
    const { Metrics, MetricUnit } = require('@aws-lambda-powertools/metrics');
    const logger = new Logger();
    const metrics = new Metrics();
    exports.handler = async (event, context) => {
      logger.addContext(context);
      logger.info('taken', { id: event.id });
      metrics.addMetric('orders', MetricUnit.Count, 1);
      metrics.publishStoredMetrics();
      return event;
    };`;
  const packages = packageFiles(['@aws-lambda-powertools/logger', '@aws-lambda-powertools/metrics']);
  await make('node-powertools', 'nodejs24.x', { 'index.js': source, ...packages });
  check(await invoke('node-powertools'), 'node-powertools', true);
  check(await invoke('node-powertools'), 'node-powertools', false);
});

/** The Python package and what it needs, unpacked; undefined when pip or its registry is not to be had. */
function pythonPackage(folder: string): Record<string, ZipEntry> | undefined {
  try {
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--target',
      folder,
      'aws-lambda-powertools==3.22.0',
    ];
    execFileSync('python3', args, { stdio: 'ignore', timeout: 60_000 });
  } catch {
    return undefined;
  }
  const files: Record<string, ZipEntry> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !path.includes('__pycache__')) files[relative(folder, path)] = readFileSync(path);
  }
  return files;
}

test('a Python function with the logger and metrics of Powertools', { timeout: 120_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lambkin-powertools-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const packages = pythonPackage(folder);
  if (!packages) return t.skip('aws-lambda-powertools can not be installed: no pip, or its registry is not reachable');
  const version = execFileSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
  const source = `
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()
metrics = Metrics()

@metrics.log_metrics
@logger.inject_lambda_context
def handler(event, context):
    logger.info('taken')
    metrics.add_metric(name='orders', unit=MetricUnit.Count, value=1)
    return event
`;
  await make('python-powertools', `python${version.trim()}` as Runtime, { 'index.py': source, ...packages });
  check(await invoke('python-powertools'), 'python-powertools', true);
  check(await invoke('python-powertools'), 'python-powertools', false);
});
