import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { startServer, type TestServer } from '../e2e/server.ts';
import { RawConnections } from '../raw/raw-connection.ts';
import { RawLambda } from '../raw/raw-lambda.ts';
import { checkAnswer, type Plan } from './expectation.ts';
import { Model } from './model.ts';
import { runListingStep, settle } from './reading-steps.ts';
import { anyStep, FIRST_STEPS, isListing, planStep, type Step } from './steps.ts';
import { checkWholeState } from './whole-state.ts';

// Random calls of the control plane, right and wrong ones, on a server as a user starts it. A model that was written from
// the documentation says what each must come to. LAMBKIN_TEST_MODEL_STEPS says how many; LAMBKIN_TEST_SEED and
// LAMBKIN_TEST_PATH repeat what a failure has printed.

const STEPS = Number(process.env['LAMBKIN_TEST_MODEL_STEPS'] ?? 2_000);
const STEPS_PER_ACCOUNT_MAX = 250;
const STEPS_BETWEEN_WHOLE_STATES = 40;
/** Sequences that run at the same moment, each in accounts of its own. */
const SEQUENCES = 4;
/** Making a failure smaller ends after it. */
const TIME_MAX_MS = 120_000;
const REPLAY_PATH = process.env['LAMBKIN_TEST_PATH'];
const SEED = Number(process.env['LAMBKIN_TEST_SEED'] ?? Date.now() % 1_000_000);

const steps = fc.array(anyStep, { minLength: 1, maxLength: STEPS_PER_ACCOUNT_MAX, size: 'max' });
let server: TestServer;
let connections: RawConnections;
let accounts = 0;
const done = new Map<string, { right: number; refused: number }>();

before(async () => {
  server = await startServer({ LAMBKIN_LOG_LEVEL: 'error' });
  connections = new RawConnections(Number(new URL(server.endpoint).port), SEQUENCES * 4);
});

after(async () => {
  connections.close();
  console.log(table());
  assert.equal(await server.close(), 0, server.output());
});

test('every answer and the whole state are as the model says', { timeout: 600_000 }, async (t) => {
  t.diagnostic(`LAMBKIN_TEST_SEED=${SEED}`);
  let count = 0;
  let hasFailed = false;
  const check = async (sequence: readonly Step[]): Promise<void> => {
    // What comes after a failure makes it smaller, and costs no steps.
    if (count >= STEPS && !hasFailed) return;
    count += hasFailed ? 0 : FIRST_STEPS.length + sequence.length;
    try {
      await run([...FIRST_STEPS, ...sequence]);
    } catch (error) {
      if (!hasFailed) console.log(`a failure, now to be made smaller: ${String(error)}`);
      hasFailed = true;
      throw error;
    }
  };
  const rounds = async (seed: number): Promise<void> => {
    for (let round = 0; count < STEPS; round += 1) {
      const path = REPLAY_PATH === undefined ? {} : { path: REPLAY_PATH };
      await fc.assert(fc.asyncProperty(steps, check), {
        seed: seed + round * SEQUENCES,
        numRuns: 10,
        interruptAfterTimeLimit: TIME_MAX_MS,
        ...path,
      });
      if (REPLAY_PATH !== undefined) return;
    }
  };
  // One that fails reports by itself; the others come to their end first, so that its shrinking is not disturbed.
  const sequences = REPLAY_PATH === undefined ? SEQUENCES : 1;
  const ended = await Promise.allSettled(Array.from({ length: sequences }, (_, index) => rounds(SEED + index)));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) {
    const words = String(failed.reason);
    const seed = /seed: (-?\d+), path: "([^"]*)"/.exec(words);
    console.log(`to repeat: LAMBKIN_TEST_SEED=${seed?.[1]} LAMBKIN_TEST_PATH=${seed?.[2]} npm run model`);
    throw failed.reason;
  }
  assert.doesNotMatch(server.output(), /"level":50|by our own fault/);
  t.diagnostic(`${count} steps`);
});

async function run(sequence: readonly Step[]): Promise<void> {
  accounts += 1;
  const model = new Model(String(200_000_000_000 + accounts));
  const lambda = new RawLambda(connections, model.account);
  for (const [index, step] of sequence.entries()) {
    try {
      if (isListing(step)) await runListingStep(model, lambda, step);
      else await runPlan(lambda, planStep(model, step));
      if (step.waits && 'of' in step) await settle(model, lambda, step.of.name);
      if ((index + 1) % STEPS_BETWEEN_WHOLE_STATES === 0) await checkWholeState(model, lambda, connections);
    } catch (error) {
      throw new Error(`step ${index + 1} of ${sequence.length}, ${step.op}: ${String(error)}`, { cause: error });
    }
  }
  await checkWholeState(model, lambda, connections);
}

async function runPlan(lambda: RawLambda, { operation, input, expected }: Plan): Promise<void> {
  const answer = await lambda.call(operation, input);
  checkAnswer(answer, expected);
  const count = done.get(operation) ?? { right: 0, refused: 0 };
  done.set(operation, count);
  count[answer.error ? 'refused' : 'right'] += 1;
}

function table(): string {
  const rows = [...done].toSorted().map(([operation, { right, refused }]) => `${operation.padEnd(30)} ${right} ${refused}`);
  return ['operation, answered, refused', ...rows].join('\n');
}
