import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionEventInvokeConfigCommand,
  InvokeCommand,
  LambdaClient,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer, type TestServer } from './server.ts';
import { zip } from './zip.ts';

// Asynchronous events that always fail: how often the function ran is told by its log.

let server: TestServer;
let lambda: LambdaClient;
let logs: CloudWatchLogsClient;

before(async () => {
  server = await startServer({ LAMBKIN_INVOKE_ASYNC_RETRY_DELAYS_SECONDS: '0.1,0.1' });
  lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
  logs = new CloudWatchLogsClient({ ...clientOptions(server), maxAttempts: 1 });
});

after(async () => {
  lambda.destroy();
  logs.destroy();
  assert.equal(await server.close(), 0, server.output());
});

test('MaximumRetryAttempts decides how often an event that fails is run: 0 is once', async () => {
  const FunctionName = 'failing';
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      Code: {
        ZipFile: await zip({ 'index.mjs': 'export const handler = (e) => { console.log(`ran ${e.id}`); throw new Error(); };' }),
      },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 20, minDelay: 0.05 }, { FunctionName });
  await lambda.send(new PublishVersionCommand({ FunctionName }));
  await lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0 }));
  await lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: 'live', MaximumRetryAttempts: 1 }));
  await send(FunctionName, undefined, 'never-again');
  await send(FunctionName, 'live', 'once-again');
  assert.equal(await runsOf('once-again', 2), 2);
  await lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  await send(FunctionName, undefined, 'by-default');
  // By then the others, whose delays are the same, would long have been run again.
  assert.equal(await runsOf('by-default', 3), 3);
  assert.deepEqual([await runsOf('never-again', 1), await runsOf('once-again', 2)], [1, 2]);
});

async function send(FunctionName: string, Qualifier: string | undefined, id: string): Promise<void> {
  await lambda.send(
    new InvokeCommand({ FunctionName, Qualifier, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify({ id })) }),
  );
}

/** How often the log says that the event was run, as soon as it is at least this often. */
async function runsOf(id: string, atLeast: number): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const found = await logs
      .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/failing', filterPattern: `"ran ${id}"` }))
      .catch((error: Error) => {
        // The group is made with the first line.
        assert.equal(error.name, 'ResourceNotFoundException');
        return { events: [] };
      });
    const runs = found.events?.length ?? 0;
    if (runs >= atLeast) return runs;
    assert.ok(tries < 5_000, `event ${id} was run ${runs} times`);
  }
}
