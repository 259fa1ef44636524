import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { LAMBDA } from '../../src/wire/generated/lambda.ts';
import { startServer, type TestServer } from '../e2e/server.ts';
import { type Made, makeOneOfEach, readSettled } from '../raw/one-of-each.ts';
import { createQueue } from '../raw/raw-queues.ts';
import { RawConnections } from '../raw/raw-connection.ts';
import { type LambdaAnswer, RawLambda, type RawRequest, requestOf } from '../raw/raw-lambda.ts';
import { readAccount, type AccountState } from '../raw/read-account.ts';
import { FittingValues, packagesOfRequests } from './fitting-values.ts';
import { malformedRequests } from './malformed-requests.ts';
import { mutateRequest, mutateValue } from './mutations.ts';
import { Random } from './random.ts';

// Malformed and random requests to every operation, in the name of one account, while another account's resources must
// not change in any way. LAMBKIN_TEST_FUZZ_REQUESTS says how many random ones an operation gets, LAMBKIN_TEST_SEED repeats.

const REQUESTS = Number(process.env['LAMBKIN_TEST_FUZZ_REQUESTS'] ?? 100);
const IS_THOROUGH = REQUESTS >= 1_000;
const SEED = Number(process.env['LAMBKIN_TEST_SEED'] ?? Date.now() % 1_000_000);
/** Random requests between two sets of new resources: they do not live long. */
const REQUESTS_PER_SET = 400;
const AT_A_TIME = 12;
const KEPT = '111111111111';
const FUZZED = '222222222222';
const OPERATIONS = Object.keys(LAMBDA.operations);
const INVOKES = /^Invoke/;
/** Operations with bodies of megabytes in a quick run. */
const LARGE_IN_QUICK_RUN = new Set(['CreateAlias', 'TagResource']);

let server: TestServer;
let connections: RawConnections;
let fuzzed: RawLambda;
let made: Made;
let keptState: AccountState;
const counts = new Map<number, number>();

before(async () => {
  server = await startServer({
    LAMBKIN_LOG_LEVEL: 'error',
    LAMBKIN_SANDBOX_IMAGE_DRIVER: 'none',
    // Less can be provisioned than there are environments, or invocations would wait for one in vain.
    LAMBKIN_INVOKE_ACCOUNT_CONCURRENCY: '130',
    LAMBKIN_SANDBOX_ENVIRONMENTS_MAX: '64',
    LAMBKIN_SANDBOX_MEMORY_BUDGET_MB: '1000000',
    LAMBKIN_INVOKE_WAITING_MAX: '100',
  });
  connect(server);
  await makeOneOfEach(new RawLambda(connections, KEPT), 'kept');
  made = await makeOneOfEach(fuzzed, 'fuzz');
  await createQueue(fuzzed, 'fz-queue');
  keptState = await readSettled(new RawLambda(connections, KEPT));
});

after(async () => {
  connections.close();
  assert.equal(await server.close(), 0, server.output());
});

test('every malformed request gets an answer in the form of AWS', { timeout: 600_000 }, async (t) => {
  const values = new FittingValues(new Random(SEED), SEED, FUZZED, made, await packagesOfRequests());
  let count = 0;
  const requests = OPERATIONS.flatMap((operation) => {
    const withLarge = IS_THOROUGH || LARGE_IN_QUICK_RUN.has(operation);
    const input = values.input(operation);
    return malformedRequests(operation, input, withLarge).map((malformed) => ({ operation, ...malformed }));
  });
  await inParallel(requests, async ({ operation, name, request, status }) => {
    count += 1;
    const answer = await check(operation, request, name);
    if (status !== undefined) assert.equal(answer.status, status, `${operation}, ${name}: ${answer.body.toString()}`);
  });
  t.diagnostic(`${count} requests`);
});

test('so does every random request', { timeout: 900_000 }, async (t) => {
  t.diagnostic(`LAMBKIN_TEST_SEED=${SEED}`);
  const random = new Random(SEED);
  const values = new FittingValues(random, SEED, FUZZED, made, await packagesOfRequests());
  const order = Array.from({ length: REQUESTS }, () => OPERATIONS).flat();
  let sent = 0;
  await inParallel(order, async (operation) => {
    sent += 1;
    if (sent % REQUESTS_PER_SET === 0) values.aimAt(await makeOneOfEach(fuzzed, `fuzz${sent}`, { holdsConcurrency: false }));
    const answer = await check(operation, randomRequest(random, values, operation), 'random');
    if (answer.status < 300) values.remember(answer.json);
  });
  t.diagnostic(
    [...counts]
      .toSorted()
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  );
  const right = [200, 201, 202, 204].reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
  assert.ok(right > order.length / 20, 'too few requests are right enough to say anything');
});

test('what another account has is as it was, and nothing is half there', { timeout: 300_000 }, async () => {
  assert.deepEqual(await readAccount(new RawLambda(connections, KEPT)), keptState);
  assert.doesNotMatch(server.output(), /by our own fault/);
  connections.close();
  server = await server.restart();
  connect(server);
  const kept = new RawLambda(connections, KEPT);
  assert.deepEqual(await readSettled(kept), keptState);
  // Reading asserts that everything which is listed can be read.
  const state = await readAccount(fuzzed);
  await checkCode(state);
  for (const { FunctionName } of functionsOf(state)) {
    const { status, body } = await fuzzed.call('DeleteFunction', { FunctionName });
    assert.ok(status === 204 || status === 202, `${FunctionName}: ${status} ${body.toString()}`);
    const again = await fuzzed.call('GetFunction', { FunctionName });
    assert.equal(again.status, 404, FunctionName);
  }
  assert.deepEqual(functionsOf(await readAccount(fuzzed)), []);
  assert.deepEqual(await readAccount(kept), keptState);
});

function connect({ endpoint }: TestServer): void {
  connections = new RawConnections(Number(new URL(endpoint).port), AT_A_TIME);
  fuzzed = new RawLambda(connections, FUZZED);
}

/** Runs some at a time, in order. The first that fails ends it. */
async function inParallel<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const item of rest) await run(item);
    }),
  );
}

function randomRequest(random: Random, values: FittingValues, operation: string): RawRequest {
  let input = values.input(operation);
  const kind = random.below(10);
  // Four in ten are right as they are, as far as can be told without asking.
  if (kind >= 4 && kind < 8) for (let times = 1 + random.below(3); times > 0; times -= 1) input = mutateInput(random, input);
  const request = requestOf(operation, input);
  return kind < 8 ? request : mutateRequest(random, request);
}

function mutateInput(random: Random, input: Record<string, unknown>): Record<string, unknown> {
  const names = Object.keys(input);
  if (names.length === 0) return input;
  const name = random.pick(names);
  return random.chance(0.2)
    ? Object.fromEntries(Object.entries(input).filter(([other]) => other !== name))
    : { ...input, [name]: mutateValue(random, input[name]) };
}

async function check(operation: string, request: RawRequest, name: string): Promise<LambdaAnswer> {
  const shown = `${operation}, ${name}: ${request.method} ${request.target.slice(0, 500)} ${request.body.toString().slice(0, 1_500)}`;
  const answer = await fuzzed.send(request).catch((error: unknown) => assert.fail(`${String(error)} for ${shown}`));
  counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
  const said = `${answer.status} ${JSON.stringify(answer.headers)} ${answer.body.toString().slice(0, 500)} for ${shown}`;
  assert.ok(isAllowed(operation, answer), said);
  assert.match(answer.headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/, said);
  if (answer.status >= 400) {
    assert.match(answer.headers['x-amzn-errortype'] ?? '', /^[A-Za-z0-9]+$/, said);
    assert.ok('message' in answer.json || 'Message' in answer.json, said);
  } else if (!INVOKES.test(operation) && answer.status !== 204) {
    assert.equal(answer.headers['content-type'], 'application/json', said);
    JSON.parse(answer.body.toString());
  }
  return answer;
}

/** Invoking can fail for what a function is; nothing else may be answered as a fault of the server's. */
function isAllowed(operation: string, { status, error }: LambdaAnswer): boolean {
  if (status < 500) return status >= 200;
  return INVOKES.test(operation) && (status === 502 || error?.code === 'NotImplementedException');
}

function functionsOf(state: AccountState): { readonly FunctionName: string }[] {
  return [...state]
    .filter(([name]) => /^ListFunctions (?!.*ALL)/.test(name))
    .flatMap(([, { json }]) => json['Functions'] as { FunctionName: string }[]);
}

/** Every package can be downloaded and is what it is said to be. */
async function checkCode(state: AccountState): Promise<void> {
  for (const [name, { json }] of state) {
    if (!name.startsWith('GetFunction {') || !('Configuration' in json)) continue;
    const { CodeSha256, PackageType } = json['Configuration'] as { CodeSha256: string; PackageType: string };
    if (PackageType === 'Image') continue;
    const { json: fresh } = await fuzzed.call('GetFunction', JSON.parse(name.slice('GetFunction '.length)) as object as never);
    const { pathname, search } = new URL((fresh['Code'] as { Location: string }).Location);
    const { body } = await connections.send(Buffer.from(`GET ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
    assert.equal(createHash('sha256').update(body).digest('base64'), CodeSha256, name);
  }
}
