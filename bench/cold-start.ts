import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  InvokeCommand,
  LambdaClient,
  type Runtime,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { deployFunction, startBenchServer } from './functions.ts';
import { median } from './load.ts';
import type { Figure } from './figure.ts';

interface Subject {
  readonly runtime: Runtime;
  readonly interpreter: string;
  readonly file: string;
  /** The same echo as a bare program: loads, runs once, prints its answer. */
  readonly program: string;
  readonly goal?: string;
}

const SUBJECTS: readonly Subject[] = [
  {
    runtime: 'nodejs24.x',
    interpreter: process.execPath,
    file: 'bare.mjs',
    program: 'const handler = async (event) => event;\nconsole.log(JSON.stringify(await handler({ a: 1 })));\n',
    goal: '<= 2.5',
  },
  {
    runtime: 'python3.11',
    // The program itself, not a version manager's script that starts it: that is what functions run on as well.
    interpreter: execFileSync('python3.11', ['-c', 'import os, sys; print(os.path.realpath(sys.executable))'], {
      encoding: 'utf8',
    }).trim(),
    file: 'bare.py',
    program: "import json\ndef handler(event, context):\n    return event\nprint(json.dumps(handler({'a': 1}, None)))\n",
  },
];

/** First invoke of a function that has no environment, against starting the bare interpreter for the same answer. */
export async function benchColdStart(options: { rounds: number }): Promise<Figure[]> {
  const server = await startBenchServer();
  const directory = mkdtempSync(join(tmpdir(), 'lambkin-bare-'));
  const client = new LambdaClient({ ...server.clientOptions, maxAttempts: 1 });
  const figures: Figure[] = [];
  try {
    for (const subject of SUBJECTS) {
      writeFileSync(join(directory, subject.file), subject.program);
      await deployFunction(client, `bench-cold-${subject.file.split('.')[1]}`, subject.runtime);
      figures.push(await benchSubject(client, subject, join(directory, subject.file), options.rounds));
    }
  } finally {
    client.destroy();
    rmSync(directory, { recursive: true, force: true });
    await server.stop();
  }
  return figures;
}

async function benchSubject(client: LambdaClient, subject: Subject, program: string, rounds: number): Promise<Figure> {
  const name = `bench-cold-${subject.file.split('.')[1]}`;
  const pairs: { ours: number; bare: number }[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const bare = await timeBare(subject.interpreter, program);
    const ours = await timeCold(client, name, round);
    // The first round fills file caches and is not counted.
    if (round >= 0) pairs.push({ ours, bare });
  }
  return {
    name: `cold start, ${subject.runtime}`,
    unit: 'ms',
    lambkin: median(pairs.map((pair) => pair.ours)),
    bare: median(pairs.map((pair) => pair.bare)),
    ratio: median(pairs.map((pair) => pair.ours / pair.bare)),
    ...(subject.goal ? { goal: subject.goal } : {}),
  };
}

/** A change of configuration retires the environments, so the next invoke must start one. */
async function timeCold(client: LambdaClient, name: string, round: number): Promise<number> {
  await client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: name, Environment: { Variables: { ROUND: String(round) } } }),
  );
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { FunctionName: name });
  const startedMs = performance.now();
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: Buffer.from('{"a":1}') }));
  const elapsedMs = performance.now() - startedMs;
  if (answer.FunctionError) throw new Error(answer.Payload?.transformToString());
  return elapsedMs;
}

function timeBare(interpreter: string, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedMs = performance.now();
    const child = spawn(interpreter, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let elapsedMs = Number.NaN;
    child.stdout.once('data', () => {
      elapsedMs = performance.now() - startedMs;
    });
    child.once('error', reject);
    child.once('exit', () => resolve(elapsedMs));
  });
}
