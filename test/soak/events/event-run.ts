import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { clientOptions, startServer, type TestServer } from '../../e2e/server.ts';
import { deploy, NAMES } from './deployment.ts';
import { type Record, Recorder } from './recorder.ts';

/** How much is sent, and how often the server dies meanwhile. */
export interface EventRunPlan {
  readonly events: number;
  readonly killEveryMs: number;
  /** Sending takes at least as long as so many kills do. */
  readonly killsMin: number;
  /** How long to wait for the last event once all were sent. */
  readonly settleMs: number;
}

/** What a run has shown. */
export interface EventRunReport extends Record {
  readonly sent: ReadonlySet<string>;
  /** Sent, acknowledged and not handled. */
  readonly missing: readonly string[];
  readonly kills: number;
  /** From the kill until it said that it was ready again, each. */
  readonly restartsMs: readonly number[];
  /** Sends that had to be repeated because no answer came. */
  readonly repeated: number;
  readonly durationMs: number;
}

const ENVIRONMENTS = 4;
const SENDERS = 24;
const GROUPS = 8;

/**
 * Sends events through S3 -> SQS -> function, through a FIFO queue and as asynchronous invocations, two fifths, one fifth and two
 * fifths, while the server is killed without warning again and again, and waits until all of them were handled.
 */
export async function runEvents(plan: EventRunPlan, tell: (text: string) => void): Promise<EventRunReport> {
  const recorder = await Recorder.start();
  const port = await freePort();
  const settings = {
    LAMBKIN_PORT: String(port),
    LAMBKIN_LOG_LEVEL: 'error',
    // Each kill takes all of them with it: more would do nothing but start.
    LAMBKIN_SANDBOX_ENVIRONMENTS_PER_FUNCTION_MAX: String(ENVIRONMENTS),
  };
  let server = await startServer(settings);
  const options = { ...clientOptions(server), maxAttempts: 1 };
  const clients = {
    lambda: new LambdaClient(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    sqs: new SQSClient(options),
  };
  const fifoUrl = await deploy(clients, recorder.url);
  const startedMs = performance.now();
  const sent = new Set<string>();
  let repeated = 0;
  const sendOnce = senderOf(clients, fifoUrl);
  /** Until it is acknowledged: what was not may have arrived or not. */
  const send = async (name: string): Promise<void> => {
    for (;;) {
      try {
        await sendOnce(name);
        sent.add(name);
        return;
      } catch {
        repeated += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const killer = new Killer(server, plan.killEveryMs, () => tell(`${sent.size} sent, ${recorder.handled.size} handled; killed`));
  await Promise.all(workOf(plan.events, send, () => killer.kills >= plan.killsMin));
  tell(`${sent.size} sent in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  server = await killer.stop();
  const endMs = performance.now() + plan.settleMs;
  const missing = (): string[] => [...sent].filter((name) => !recorder.handled.has(name));
  while (performance.now() < endMs && missing().length > 0) await new Promise((resolve) => setTimeout(resolve, 250));
  for (const client of Object.values(clients)) client.destroy();
  const { handled, duplicates, outOfOrder } = recorder;
  const report = { sent, handled, duplicates, outOfOrder, missing: missing(), ...killer.seen(), repeated };
  await server.close();
  recorder.stop();
  return { ...report, durationMs: performance.now() - startedMs };
}

/** Ends the server and starts it again, in an endless rhythm. */
class Killer {
  #server: TestServer;
  readonly #restartsMs: number[] = [];
  #isStopped = false;
  readonly #done: Promise<void>;

  constructor(server: TestServer, everyMs: number, onKill: () => void) {
    this.#server = server;
    this.#done = this.#run(everyMs, onKill);
  }

  get kills(): number {
    return this.#restartsMs.length;
  }

  seen(): Pick<EventRunReport, 'kills' | 'restartsMs'> {
    return { kills: this.#restartsMs.length, restartsMs: this.#restartsMs };
  }

  /** Kills no more; resolves to the server that runs. */
  async stop(): Promise<TestServer> {
    this.#isStopped = true;
    await this.#done;
    return this.#server;
  }

  async #run(everyMs: number, onKill: () => void): Promise<void> {
    let nextMs = performance.now() + everyMs;
    while (!this.#isStopped) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (performance.now() < nextMs) continue;
      onKill();
      const killedMs = performance.now();
      this.#server = await this.#server.restart();
      this.#restartsMs.push(performance.now() - killedMs);
      nextMs = performance.now() + everyMs;
    }
  }
}

function senderOf(
  { lambda, s3, sqs }: { readonly lambda: LambdaClient; readonly s3: S3Client; readonly sqs: SQSClient },
  fifoUrl: string,
): (name: string) => Promise<unknown> {
  return (name) => {
    const [kind, group = ''] = name.split('/');
    const body = JSON.stringify({ name });
    if (kind === 's3') return s3.send(new PutObjectCommand({ Bucket: NAMES.bucket, Key: name.slice(3), Body: body }));
    if (kind === 'fifo') {
      const ids = { MessageGroupId: group, MessageDeduplicationId: name.replaceAll('/', '-') };
      return sqs.send(new SendMessageCommand({ QueueUrl: fifoUrl, MessageBody: body, ...ids }));
    }
    return lambda.send(
      new InvokeCommand({ FunctionName: NAMES.asyncFunction, InvocationType: 'Event', Payload: Buffer.from(body) }),
    );
  };
}

/**
 * Senders that share the events: those of a FIFO group go one after the other, the rest as they come. The last tenth of each waits
 * until there were kills enough.
 */
function workOf(events: number, send: (name: string) => Promise<void>, isLate: () => boolean): Promise<void>[] {
  const inTime = async (number: number, count: number): Promise<void> => {
    while (number >= count * 0.9 && !isLate()) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const inGroups = Math.floor(events / 5);
  const rest = events - inGroups;
  const group = async (index: number): Promise<void> => {
    const count = Math.floor(inGroups / GROUPS) + (index < inGroups % GROUPS ? 1 : 0);
    for (let number = 0; number < count; number += 1) {
      await inTime(number, count);
      await send(`fifo/g${index}/${number}`);
    }
  };
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < rest) {
      const number = next;
      next += 1;
      await inTime(number, rest);
      await send(number % 2 === 0 ? `s3/${number}` : `async/${number}`);
    }
  };
  return [...Array.from({ length: GROUPS }, (_, index) => group(index)), ...Array.from({ length: SENDERS }, sender)];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
