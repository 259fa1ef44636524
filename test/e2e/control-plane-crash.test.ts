import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../fuzz/random.ts';
import { anyStep, FIRST_STEPS } from '../model/steps.ts';
import { readSettled } from '../raw/one-of-each.ts';
import { ConnectionLost, RawConnections } from '../raw/raw-connection.ts';
import { RawLambda } from '../raw/raw-lambda.ts';
import { ModelWriter } from './crash/model-writer.ts';
import { makeResourceFunction, ResourceWriter } from './crash/resource-writer.ts';
import { makeSharedFunction, SharedFunctionWriter } from './crash/shared-function-writer.ts';
import { checkPackages, checkStoredDocuments } from './crash/stored-documents.ts';
import type { Writer } from './crash/writer.ts';
import { startServer, type TestServer } from './server.ts';

// Many writers of the control plane, killed in the middle, again and again on the same data directory.
// LAMBKIN_TEST_CRASHES says how often, LAMBKIN_TEST_SEED repeats the writers' choices (not the moment of the kill).

const CRASHES = Number(process.env['LAMBKIN_TEST_CRASHES'] ?? 5);
const SEED = Number(process.env['LAMBKIN_TEST_SEED'] ?? Date.now() % 1_000_000);
const MODEL_WRITERS = 6;
const SHARED_WRITERS = 4;
const RESOURCE_WRITERS = 2;
const STEPS = 600;
/** Acknowledged writes before a kill, at least and at most. */
const WRITES_MIN = 20;
const WRITES_MAX = 400;
/** Turns of the event loop between the last of them and the kill. */
const TURNS_MAX = 3_000;
const SHARED_ACCOUNT = '333333333333';

let server: TestServer | undefined;

after(async () => {
  // One that was killed has left things mounted, which its next start takes away.
  if (server && server.process.signalCode !== null) server = await server.restart();
  await server?.close();
});

test(
  'what was acknowledged before a kill -9 is there, whole; the rest is there whole or not at all',
  { timeout: 1_800_000 },
  async (t) => {
    t.diagnostic(`LAMBKIN_TEST_SEED=${SEED}`);
    const random = new Random(SEED);
    const writers = makeWriters(random);
    server = await startServer({ LAMBKIN_LOG_LEVEL: 'error' });
    let connections = connect(server);
    await makeSharedFunction(connections, SHARED_ACCOUNT);
    for (const writer of writers) if (writer instanceof ResourceWriter) await makeResourceFunction(connections, writer.account);
    const fates = { done: 0, undone: 0, nothing: 0 };
    const restartsMs: number[] = [];
    let writes = 0;
    for (let crash = 1; crash <= CRASHES; crash += 1) {
      writes += await writeUntilKilled(
        server,
        connections,
        writers,
        WRITES_MIN + random.below(WRITES_MAX - WRITES_MIN),
        random.below(TURNS_MAX),
      );
      checkStoredDocuments(server.dataDirectory);
      const startedMs = performance.now();
      server = await server.restart();
      restartsMs.push(performance.now() - startedMs);
      connections = connect(server);
      // Reads everything that is listed, and asserts that it can be read; afterwards nothing is on its way any more.
      for (const account of new Set(writers.map((writer) => writer.account)))
        await readSettled(new RawLambda(connections, account));
      for (const writer of writers) fates[await writer.check(connections)] += 1;
      assert.doesNotMatch(server.output(), /"level":50/);
      // Packages that updates on their way still needed are swept by the start after it.
      server = await server.restart();
      checkPackages(server.dataDirectory);
      connections.close();
      connections = connect(server);
    }
    connections.close();
    const sorted = restartsMs.toSorted((a, b) => a - b);
    t.diagnostic(`${CRASHES} crashes, ${writes} acknowledged writes; ${JSON.stringify(fates)} became of those that were not`);
    t.diagnostic(`restart: median ${sorted[sorted.length >> 1]?.toFixed(0)} ms, longest ${sorted.at(-1)?.toFixed(0)} ms`);
  },
);

function makeWriters(random: Random): Writer[] {
  const seed = random.below(1_000_000);
  return [
    ...Array.from({ length: MODEL_WRITERS }, (_, index) => {
      const sampled = fc.sample(anyStep, { seed: seed + index, numRuns: STEPS }).filter(({ op }) => !/^(Get|List)/.test(op));
      const steps = [...FIRST_STEPS, ...sampled];
      return new ModelWriter(String(400_000_000_000 + index), new Random(seed + index), steps);
    }),
    ...Array.from(
      { length: SHARED_WRITERS },
      (_, index) => new SharedFunctionWriter(SHARED_ACCOUNT, `w${index}`, new Random(seed + 100 + index)),
    ),
    ...Array.from(
      { length: RESOURCE_WRITERS },
      (_, index) => new ResourceWriter(String(500_000_000_000 + index), new Random(seed + 200 + index)),
    ),
  ];
}

function connect({ endpoint }: TestServer): RawConnections {
  return new RawConnections(Number(new URL(endpoint).port), MODEL_WRITERS + SHARED_WRITERS + RESOURCE_WRITERS + 8);
}

/** Returns how many writes were acknowledged. */
async function writeUntilKilled(
  running: TestServer,
  connections: RawConnections,
  writers: readonly Writer[],
  writesMax: number,
  turns: number,
): Promise<number> {
  let writes = 0;
  let killed: Promise<void> | undefined;
  const acknowledged = (): void => {
    writes += 1;
    // A few turns later, so that it does not always happen right after an answer.
    if (writes === writesMax) killed = afterTurns(turns).then(() => running.kill());
  };
  const ended = await Promise.allSettled(writers.map((writer) => writer.write(connections, acknowledged)));
  for (const one of ended) if (one.status === 'rejected' && !isCut(one.reason)) throw one.reason;
  await killed;
  connections.close();
  return writes;
}

async function afterTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
}

function isCut(reason: unknown): boolean {
  return reason instanceof ConnectionLost || (reason as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}
