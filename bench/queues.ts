import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { zip } from '../test/e2e/zip.ts';
import type { Figure } from './figure.ts';
import { type BenchServer, startBenchServer } from './functions.ts';
import { median } from './load.ts';

/** Tells a listener of the bench which messages it got, where it is told to; otherwise it does nothing. */
const SOURCE = `
  import { request } from 'node:http';
  export const handler = (event) =>
    process.env.TELL ? new Promise((resolve) => {
      const sent = request(process.env.TELL, { method: 'POST' }, (answer) => answer.resume().on('end', resolve));
      sent.end(event.Records.map((record) => record.body + ' ' + Date.now()).join('\\n'));
    }) : undefined;`;

const SENDERS = 8;

/** Queues that feed functions: how soon a message is with its handler, and how fast a backlog is worked off. */
export async function benchQueues(options: { messages: number; backlog: number }): Promise<Figure[]> {
  const server = await startBenchServer();
  const lambda = new LambdaClient(server.clientOptions);
  const sqs = new SQSClient(server.clientOptions);
  try {
    const delaysMs = await delays(server, lambda, sqs, options.messages);
    const perSecond = await drain(lambda, sqs, options.backlog);
    return [
      figure('SendMessage to an empty queue until its handler runs, p50', 'ms', median(delaysMs), '<= 10'),
      figure(`backlog of ${options.backlog} messages, batches of 10`, '1/s', perSecond, '>= 5000'),
    ];
  } finally {
    lambda.destroy();
    sqs.destroy();
    await server.stop();
  }
}

function figure(name: string, unit: string, lambkin: number, goal: string): Figure {
  return { name, unit, lambkin, bare: 0, ratio: 0, goal };
}

async function deploy(lambda: LambdaClient, name: string, Variables: Record<string, string>): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/bench',
      MemorySize: 1_769,
      Timeout: 10,
      Environment: { Variables },
      Code: { ZipFile: await zip({ 'index.mjs': SOURCE }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30 }, { FunctionName: name });
}

async function makeQueue(sqs: SQSClient, QueueName: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.['QueueArn'] ?? '' };
}

async function map(lambda: LambdaClient, FunctionName: string, EventSourceArn: string, Enabled: boolean): Promise<string> {
  const input = { FunctionName, EventSourceArn, Enabled, BatchSize: 10 };
  const { UUID = '' } = await lambda.send(new CreateEventSourceMappingCommand(input));
  while (Enabled && (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== 'Enabled');
  return UUID;
}

/** One message after the other, each sent when the one before has arrived. */
async function delays(server: BenchServer, lambda: LambdaClient, sqs: SQSClient, count: number): Promise<number[]> {
  const { listener, arrival } = await listen();
  const { port } = listener.address() as AddressInfo;
  await deploy(lambda, 'bench-told', { TELL: `http://127.0.0.1:${port}/` });
  const { url, arn } = await makeQueue(sqs, 'bench-told');
  const UUID = await map(lambda, 'bench-told', arn, true);
  const delaysMs: number[] = [];
  for (let number = 0; number < count; number += 1) {
    const arrived = arrival();
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: String(Date.now()) }));
    delaysMs.push(await arrived);
  }
  await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
  listener.closeAllConnections();
  listener.close();
  // The first ones start environments.
  return delaysMs.slice(Math.min(10, count - 1));
}

async function listen(): Promise<{ listener: Server; arrival: () => Promise<number> }> {
  let told: (delayMs: number) => void = () => undefined;
  const listener = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.end();
      const [sentMs, startedMs] = Buffer.concat(pieces).toString().split(/\s/).map(Number);
      told((startedMs ?? 0) - (sentMs ?? 0));
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const arrival = (): Promise<number> =>
    new Promise((resolve) => {
      told = resolve;
    });
  return { listener, arrival };
}

/** Fills a queue while its mapping is disabled, and then waits until it is empty. Messages a second. */
async function drain(lambda: LambdaClient, sqs: SQSClient, count: number): Promise<number> {
  await deploy(lambda, 'bench-drain', {});
  const { url, arn } = await makeQueue(sqs, 'bench-drain');
  const UUID = await map(lambda, 'bench-drain', arn, false);
  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent < count) {
      sent += 10;
      const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: `message ${sent}-${index}` }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  const startedMs = performance.now();
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  for (;;) {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    const left =
      Number(Attributes?.['ApproximateNumberOfMessages']) + Number(Attributes?.['ApproximateNumberOfMessagesNotVisible']);
    if (left === 0) break;
    // A look each tenth of a second costs the server little.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return count / ((performance.now() - startedMs) / 1_000);
}
