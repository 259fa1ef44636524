import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateFunctionCommand, type LambdaClient, type Runtime, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { zip } from '../test/e2e/zip.ts';
import { type MeasuredServer, startMeasured } from './processes.ts';

/** A Lambkin server on a data directory of its own, removed at the end. */
export interface BenchServer extends MeasuredServer {
  readonly clientOptions: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
}

/** Starts Lambkin as `npm start` does. */
export async function startBenchServer(settings: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
  const directory = mkdtempSync(join(tmpdir(), 'lambkin-bench-'));
  const server = await startMeasured(['bin/lambkin.js', 'start'], {
    LAMBKIN_PORT: '0',
    LAMBKIN_DATA_DIR: directory,
    ...settings,
  });
  return {
    ...server,
    clientOptions: {
      endpoint: `http://127.0.0.1:${server.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Source of the echo functions, and the same program as a bare script that prints its first answer. */
export const ECHO = {
  nodejs: { file: 'index.mjs', source: 'export const handler = async (event) => event;\n', handler: 'index.handler' },
  python: { file: 'index.py', source: 'def handler(event, context):\n    return event\n', handler: 'index.handler' },
} as const;

/** Creates the echo function with a full core of CPU and waits until it is active. */
export async function deployFunction(client: LambdaClient, name: string, runtime: Runtime): Promise<void> {
  const echo = runtime.startsWith('python') ? ECHO.python : ECHO.nodejs;
  await client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: runtime,
      Handler: echo.handler,
      Role: 'arn:aws:iam::000000000000:role/bench',
      MemorySize: 1_769,
      Timeout: 30,
      Code: { ZipFile: await zip({ [echo.file]: echo.source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 30 }, { FunctionName: name });
}
