import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { clientOptions, startServer } from './server.ts';
import { zip } from './zip.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/lambkin.js', import.meta.url));

/** Mounts below the folder, which only a stop that was heard takes away; none where there is no /proc. */
function mountsBelow(directory: string): string[] {
  if (!existsSync('/proc/mounts')) return [];
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(directory));
}

for (const waitMs of [0, 150, 300, 500, 700]) {
  test(`a signal ${waitMs} ms after the start leaves nothing mounted`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'lambkin-stop-'));
    const child = spawn(process.execPath, [LAUNCHER, 'start'], {
      env: { ...process.env, LAMBKIN_PORT: '0', LAMBKIN_DATA_DIR: directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.resume();
    const ended = once(child, 'exit');
    await once(child, 'spawn');
    // Not waiting for anything: each of these finds the start at another point.
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    t.diagnostic(code === null ? `ended by ${signal}, for it heard no signals yet` : `ended with ${code}`);
    assert.ok(code === 0 || signal === 'SIGTERM', String(code));
    assert.deepEqual(mountsBelow(directory), []);
    rmSync(directory, { recursive: true, force: true });
  });
}

test('a server whose output nobody reads any more serves on, and stops as others do', async () => {
  const server = await startServer({ LAMBKIN_LOG_LEVEL: 'debug' });
  const lambda = new LambdaClient(clientOptions(server));
  server.process.stdout?.destroy();
  server.process.stderr?.destroy();
  const FunctionName = 'unread';
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'python3.11',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Code: { ZipFile: await zip({ 'index.py': 'def handler(event, context):\n    return event\n' }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName });
  for (let count = 0; count < 3; count += 1) {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('7') }));
    assert.equal(Payload?.transformToString(), '7');
  }
  lambda.destroy();
  assert.equal(await server.close(), 0);
  assert.deepEqual(mountsBelow(server.dataDirectory), []);
});
