import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { zip } from '../test/e2e/zip.ts';
import { RawConnections } from '../test/raw/raw-connection.ts';
import { type Members, RawLambda } from '../test/raw/raw-lambda.ts';
import { median } from './load.ts';
import { type MeasuredServer, pssBytes, startMeasured } from './processes.ts';

// How the control plane bears many functions: `npm run bench:control-plane -- --functions 5000`.

const { values } = parseArgs({ options: { functions: { type: 'string', default: '5000' } } });
const FUNCTIONS = Number(values.functions);
const CONNECTIONS = 8;
const STARTS = 5;
/** Made before memory is measured for the first time: compiled code and buffers that are kept are no function's. */
const WARM_UP = 500;
/** A heap gives back what it does not need in the course of seconds. */
const SETTLING_SECONDS_MAX = 20;
const ACCOUNT = '000000000000';

interface Memory {
  readonly pssBytes: number;
  /** Reachable objects and what they hold outside of the heap. */
  readonly liveBytes: number;
}

const empty = mkdtempSync(join(tmpdir(), 'lambkin-bench-empty-'));
const full = mkdtempSync(join(tmpdir(), 'lambkin-bench-full-'));
try {
  const emptyStartMs = await medianStart(empty);
  const server = await start(full);
  const fresh = await memoryOf(server);
  const packages = await Promise.all(
    Array.from({ length: FUNCTIONS }, (_, n) => zip({ 'index.mjs': `export const handler = async () => ${n};\n` })),
  );
  await withLambda(server, (lambda) => createFrom(lambda, packages, 0, WARM_UP));
  const warm = await memoryOf(server);
  const creates = await withLambda(server, (lambda) => createFrom(lambda, packages, WARM_UP, FUNCTIONS));
  const after = await memoryOf(server);
  const pages = await withLambda(server, (lambda) => pageTimes(lambda, {}));
  const allPages = await withLambda(server, (lambda) => pageTimes(lambda, { FunctionVersion: 'ALL' }));
  await server.stop();
  const fullStartMs = await medianStart(full);
  const restarted = await start(full);
  const again = await memoryOf(restarted);
  await restarted.stop();
  const perFunction = (from: Memory, to: Memory, kind: keyof Memory): number =>
    (to[kind] - from[kind]) / (FUNCTIONS - (from === warm ? WARM_UP : 0)) / 1_024;
  print([
    [`functions created a second (${CONNECTIONS} at a time)`, creates.perSecond, ''],
    ['slowest CreateFunction, ms', creates.slowestMs, ''],
    ['ListFunctions page of 50, median ms', median(pages), ''],
    [`ListFunctions page of 50, slowest of ${pages.length}, ms`, Math.max(...pages), '< 50'],
    [`ListFunctions ALL page of 50, slowest of ${allPages.length}, ms`, Math.max(...allPages), '< 50'],
    ['start-up, no functions, ms', emptyStartMs, ''],
    [`start-up, ${FUNCTIONS} functions, ms`, fullStartMs, '< 2000'],
    ['live memory a function after creating them, kB', perFunction(warm, after, 'liveBytes'), '< 10'],
    ['PSS a function after creating them, kB', perFunction(warm, after, 'pssBytes'), '< 10'],
    ['live memory a function after a restart, kB', perFunction(fresh, again, 'liveBytes'), '< 10'],
    ['PSS a function after a restart, kB', perFunction(fresh, again, 'pssBytes'), '< 10'],
  ]);
} finally {
  for (const directory of [empty, full]) rmSync(directory, { recursive: true, force: true });
}

async function start(directory: string): Promise<MeasuredServer> {
  const probe = fileURLToPath(new URL('memory-probe.ts', import.meta.url));
  const server = await startMeasured(['--import', probe, 'bin/lambkin.js', 'start'], {
    LAMBKIN_PORT: '0',
    LAMBKIN_DATA_DIR: directory,
    LAMBKIN_LOG_LEVEL: 'error',
  });
  // One that has not answered yet may not have come to where it stops in order.
  await withLambda(server, (lambda) => call(lambda, 'GetAccountSettings', {}));
  return server;
}

async function medianStart(directory: string): Promise<number> {
  const startsMs: number[] = [];
  for (let round = 0; round < STARTS; round += 1) {
    const server = await start(directory);
    startsMs.push(server.startMs);
    await server.stop();
  }
  return median(startsMs);
}

/** After collecting garbage until the process does not become smaller any more. */
async function memoryOf(server: MeasuredServer): Promise<Memory> {
  const told: number[] = [];
  if (server.process.stdout)
    createInterface({ input: server.process.stdout }).on('line', (line) => {
      if (line.startsWith('memory ')) told.push(Number(line.slice(7)));
    });
  const pid = server.process.pid ?? 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let second = 0; second < SETTLING_SECONDS_MAX; second += 1) {
    server.process.kill('SIGUSR2');
    await setTimeout(1_000);
    const bytes = pssBytes(pid);
    if (second > 3 && bytes > smallest * 0.99) break;
    smallest = Math.min(smallest, bytes);
  }
  return { liveBytes: told.at(-1) ?? Number.NaN, pssBytes: smallest };
}

async function withLambda<T>(server: MeasuredServer, run: (lambda: RawLambda) => Promise<T>): Promise<T> {
  const connections = new RawConnections(server.port, CONNECTIONS);
  try {
    return await run(new RawLambda(connections, ACCOUNT));
  } finally {
    connections.close();
  }
}

/** Creates functions, each with a package of its own, and waits until all are active. */
async function createFrom(
  lambda: RawLambda,
  packages: readonly Buffer[],
  first: number,
  end: number,
): Promise<{ perSecond: number; slowestMs: number }> {
  const nameOf = (n: number): string => `bench-${String(n).padStart(5, '0')}`;
  const rest = packages.slice(first, end).entries();
  let slowestMs = 0;
  const startedMs = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (const [n, ZipFile] of rest) {
        const sentMs = performance.now();
        await call(lambda, 'CreateFunction', {
          FunctionName: nameOf(first + n),
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: `arn:aws:iam::${ACCOUNT}:role/bench`,
          Environment: { Variables: { STAGE: 'bench', TABLE: `table-${n}` } },
          Tags: { team: 'bench' },
          Code: { ZipFile },
        });
        slowestMs = Math.max(slowestMs, performance.now() - sentMs);
      }
    }),
  );
  const perSecond = (end - first) / ((performance.now() - startedMs) / 1_000);
  for (let n = first; n < end; n += 1)
    while ((await call(lambda, 'GetFunctionConfiguration', { FunctionName: nameOf(n) }))['State'] !== 'Active');
  return { perSecond, slowestMs };
}

async function pageTimes(lambda: RawLambda, input: Members): Promise<number[]> {
  const timesMs: number[] = [];
  let Marker: unknown;
  let count = 0;
  do {
    const sentMs = performance.now();
    const page = await call(lambda, 'ListFunctions', Marker === undefined ? input : { ...input, Marker });
    timesMs.push(performance.now() - sentMs);
    count += (page['Functions'] as unknown[]).length;
    Marker = page['NextMarker'];
  } while (Marker !== undefined);
  if (count !== FUNCTIONS) throw new Error(`${count} functions are listed`);
  return timesMs;
}

async function call(lambda: RawLambda, operation: string, input: Members): Promise<Members> {
  const { status, json, body } = await lambda.call(operation, input);
  if (status >= 300) throw new Error(`${operation}: ${status} ${body.toString()}`);
  return json;
}

function print(rows: readonly (readonly [string, number, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(`${'figure'.padEnd(width)}  ${'value'.padStart(10)}  goal`);
  for (const [name, value, goal] of rows) console.log(`${name.padEnd(width)}  ${value.toFixed(1).padStart(10)}  ${goal}`);
}
