import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { clientOptions, startServer } from './server.ts';
import { zip } from './zip.ts';

for (const driver of ['auto', 'process']) {
  test(`a project of modules around the data directory leaves functions what they are, driver ${driver}`, async () => {
    const project = mkdtempSync(join(tmpdir(), 'lambkin-project-'));
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    const server = await startServer({ LAMBKIN_SANDBOX_DRIVER: driver }, join(project, '.lambkin'));
    const lambda = new LambdaClient(clientOptions(server));
    const FunctionName = 'common';
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/test',
        Code: { ZipFile: await zip({ 'index.js': 'exports.handler = async () => typeof require;\n' }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 1 }, { FunctionName });
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName }));
    assert.equal(Payload?.transformToString(), '"function"');
    lambda.destroy();
    assert.equal(await server.close(), 0, server.output());
    rmSync(project, { recursive: true, force: true });
  });
}
