import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { clientOptions, startServer } from '../e2e/server.ts';
import { ADDED, ensureAdded } from '../runtimes/corpus/builds.ts';
import { type Subject, Unavailable } from '../runtimes/corpus/subject.ts';
import { goSubject, javaSubject, nodeSubject, pythonSubject, rubySubject, rustSubject } from '../runtimes/corpus/subjects.ts';
import { closedState, hostState, leaks } from './host-state.ts';

// A hundred functions in several languages, invoked at random, failing in every way, changed while they run; then
// everything is deleted and what the server still holds of the host is compared with what it held before.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    functions: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
});
const WORKERS = 8;
const IDLE_SECONDS = 2;
const functionsMax = Number(values.functions);
const durationMs = Number(values.minutes) * 60_000;

/** Mulberry32: the same run for the same seed, but for the order in which answers come. */
let state = Number(values.seed);
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

const dataDirectory = await mkdtemp(join(tmpdir(), 'lambkin-soak-'));
symlinkSync(ADDED, join(dataDirectory, 'runtimes'));
const server = await startServer(
  { LAMBKIN_RUNTIMES: 'ruby3.3=ruby', LAMBKIN_SANDBOX_IDLE_TIMEOUT_SECONDS: String(IDLE_SECONDS), LAMBKIN_LOG_LEVEL: 'error' },
  dataDirectory,
);
const lambda = new LambdaClient({ ...clientOptions(server), maxAttempts: 1 });
const pid = server.process.pid ?? 0;
// What the server prepares ahead is not what this is about.
await new Promise((resolve) => setTimeout(resolve, 3_000));
const before = hostState(pid, dataDirectory);
const names = await createFunctions(await availableSubjects());
const counts = new Map<string, number>();
const endMs = performance.now() + durationMs;
await Promise.all(Array.from({ length: WORKERS }, work));
for (const name of names) await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
lambda.destroy();
await new Promise((resolve) => setTimeout(resolve, (IDLE_SECONDS + 5) * 1_000));
const after = hostState(pid, dataDirectory);

console.log(`\n${names.length} functions, ${values.minutes} minutes, seed ${values.seed}`);
for (const [what, count] of [...counts].toSorted()) console.log(`${what.padEnd(40)} ${count}`);
for (const kind of Object.keys(after) as (keyof typeof after)[])
  console.log(`${kind.padEnd(40)} before ${before[kind].length}, after ${after[kind].length}`);
const found = leaks(before, after);
for (const leak of found) console.log(`LEAK ${leak}`);
assert.equal(await server.close(), 0, server.output());
const end = closedState(dataDirectory);
for (const leak of end) console.log(`LEFT by the closed server: ${leak}`);
found.push(...end);
console.log(found.length === 0 ? 'nothing has leaked' : `${found.length} leaks`);
process.exit(found.length === 0 ? 0 : 1);

async function availableSubjects(): Promise<Subject[]> {
  const all = [nodeSubject(24), pythonSubject('3.11'), rubySubject('ruby3.3'), javaSubject('java17'), goSubject(), rustSubject()];
  const available: Subject[] = [];
  for (const subject of all) {
    try {
      if (subject.runtime.startsWith('java')) await ensureAdded(subject.runtime);
      await subject.package();
      available.push(subject);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`without ${subject.title}: ${error.message.slice(0, 200)}`);
    }
  }
  return available;
}

async function createFunctions(subjects: readonly Subject[]): Promise<string[]> {
  const made: string[] = [];
  for (let index = 0; index < functionsMax; index += 1) {
    const subject = subjects[index % subjects.length];
    if (!subject) break;
    const FunctionName = `soak-${index}`;
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: subject.runtime,
        Handler: subject.handler,
        Role: 'arn:aws:iam::000000000000:role/soak',
        MemorySize: 512,
        Timeout: 2,
        Code: { ZipFile: await subject.package() },
      }),
    );
    const isActive = await waitUntilFunctionActiveV2(
      { client: lambda, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.2 },
      { FunctionName },
    )
      .then(() => true)
      .catch(() => false);
    if (isActive) made.push(FunctionName);
    else if (index < subjects.length) console.log(`without ${subject.title}: the runtime is not to be had`);
  }
  return made;
}

/** One caller: mostly echoes, now and then what goes wrong, and now and then a change of the function. */
async function work(): Promise<void> {
  while (performance.now() < endMs) {
    const FunctionName = names[Math.floor(random() * names.length)] ?? '';
    const dice = random();
    const action =
      dice < 0.86
        ? 'echo'
        : dice < 0.91
          ? 'error'
          : dice < 0.95
            ? 'exit'
            : dice < 0.97
              ? 'hang'
              : dice < 0.99
                ? 'large'
                : 'change';
    const outcome = action === 'change' ? await change(FunctionName) : await invoke(FunctionName, action);
    const key = `${action}: ${outcome}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

async function invoke(FunctionName: string, action: string): Promise<string> {
  const value = `${FunctionName} ${random()}`;
  const event =
    action === 'echo'
      ? { do: 'echo', value }
      : action === 'large'
        ? { do: 'large', bytes: 1_000_000 }
        : { do: action, text: 'no' };
  try {
    const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }));
    const text = answer.Payload?.transformToString() ?? '';
    if (answer.FunctionError) return (JSON.parse(text) as { errorType?: string }).errorType ?? 'an error without a type';
    if (action === 'echo' && JSON.parse(text) !== value) return 'WRONG ANSWER';
    return 'answered';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

async function change(FunctionName: string): Promise<string> {
  try {
    const Variables = { CHANGED: String(random()) };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    return 'changed';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
