import assert from 'node:assert/strict';
import { type Answer, type CorpusServer, MEMORY_MB } from './corpus-server.ts';
import type { ErrorShape, Subject } from './subject.ts';

/** The functions of a subject, and how to reach them. */
export interface Stage {
  readonly server: CorpusServer;
  readonly subject: Subject;
  /** Logs text, has the layer and thirty seconds. */
  readonly main: string;
  /** Logs JSON from WARN on, has a wrapper and few seconds. */
  readonly short: string;
  /** Fails in its init. */
  readonly broken: string;
  /** Answers in pieces. */
  readonly streaming: string;
}

/** What every language must do; a new one is a line here and an action in every function of `functions/`. */
export const BEHAVIOURS = {
  'echo of every kind of value': echo,
  'unicode both ways': unicode,
  'context members': context,
  environment,
  'layer on the path': layer,
  'exec wrapper': wrapper,
  'error, process lives': error,
  'exit, process is new': exit,
  'unhandled error': unhandled,
  'init error': init,
  '6 MB both ways': large,
  'bytes as base64': binary,
  'log as text': textLog,
  'log as JSON by level': jsonLog,
  'streams as it writes': stream,
  timeout,
} as const;

export type BehaviourName = keyof typeof BEHAVIOURS;

const RESPONSE_BYTES_MAX = 6_291_556;
const REQUEST_BYTES_MAX = 6_291_456;

async function echo({ server, subject, main }: Stage): Promise<void> {
  const nested = { a: subject.expected.dropsNull ? {} : { b: null } };
  for (const value of [null, true, 0, -1.5, 9_007_199_254_740_991, '', 'text', [], [1, ['two', null]], {}, nested])
    assert.deepEqual(await answered(server.invoke(main, { do: 'echo', value })), value);
}

async function unicode({ server, main }: Stage): Promise<void> {
  const value = { 'clé 鍵': 'héllo 世界 🎉 \u2028 \u0000 \u007f "\\/' };
  assert.deepEqual(await answered(server.invoke(main, { do: 'echo', value })), value);
}

async function context({ server, subject, main }: Stage): Promise<void> {
  const key = subject.expected.asciiHeaders ? 'value' : 'välue 世界';
  // In several lines, which no header may be.
  const clientContext = Buffer.from(JSON.stringify({ custom: { key } }, undefined, 2)).toString('base64');
  const found = (await answered(server.invoke(main, { do: 'context' }, { ClientContext: clientContext }))) as Record<
    string,
    unknown
  >;
  const { requestId, logStream, remainingMs, ...rest } = found;
  assert.match(String(requestId), /^[0-9a-f-]{36}$/);
  assert.match(String(logStream), /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  assert.ok(Number(remainingMs) > 20_000 && Number(remainingMs) <= 30_000, `remaining ${String(remainingMs)}`);
  assert.deepEqual(rest, {
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${main}`,
    name: main,
    version: '$LATEST',
    memory: subject.expected.memory,
    logGroup: `/aws/lambda/${main}`,
    clientCustom: key,
  });
}

async function environment({ server, subject, main }: Stage): Promise<void> {
  const isProvided = subject.runtime.startsWith('provided');
  const expected = {
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: main,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY_MB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_EXECUTION_ENV: isProvided ? null : `AWS_Lambda_${subject.runtime}`,
    LAMBDA_TASK_ROOT: '/var/task',
    _HANDLER: subject.handler,
    TZ: ':UTC',
    GREETING: `it's "quoted"; $(id)\nand more`,
    _LAMBKIN_CHANNEL_FD: null,
  };
  const found = (await answered(server.invoke(main, { do: 'environment', names: Object.keys(expected) }))) as Record<
    string,
    unknown
  >;
  for (const [name, value] of Object.entries(expected)) assert.equal(found[name] ?? null, value, name);
}

async function layer({ server, main }: Stage): Promise<void> {
  assert.equal(await answered(server.invoke(main, { do: 'layer' })), 'from a layer');
}

async function wrapper({ server, short }: Stage): Promise<void> {
  assert.deepEqual(await answered(server.invoke(short, { do: 'environment', names: ['WRAPPED'] })), { WRAPPED: 'yes' });
}

async function error({ server, subject, main }: Stage): Promise<void> {
  const before = (await answered(server.invoke(main, { do: 'calls' }))) as number;
  failed(await server.invoke(main, { do: 'error', text: 'went wrong' }), subject.expected.error);
  assert.equal(await answered(server.invoke(main, { do: 'calls' })), before + 2);
}

async function exit({ server, subject, main }: Stage): Promise<void> {
  failed(await server.invoke(main, { do: 'exit' }), subject.expected.exit);
  assert.equal(await answered(server.invoke(main, { do: 'calls' })), 1);
}

async function unhandled({ server, subject, main }: Stage): Promise<void> {
  const before = (await answered(server.invoke(main, { do: 'calls' }))) as number;
  failed(await server.invoke(main, { do: 'unhandled', text: 'nobody saw' }), subject.expected.unhandled);
  const calls = await answered(server.invoke(main, { do: 'calls' }));
  assert.equal(calls, subject.expected.endsUnhandled ? 1 : before + 2);
}

async function init({ server, subject, broken }: Stage): Promise<void> {
  failed(await server.invoke(broken, {}), subject.expected.init);
}

async function large({ server, main }: Stage): Promise<void> {
  const room = REQUEST_BYTES_MAX - JSON.stringify({ do: 'length', text: '' }).length;
  assert.equal(await answered(server.invoke(main, { do: 'length', text: 'x'.repeat(room) })), room);
  const quotes = 2;
  const longest = await answered(server.invoke(main, { do: 'large', bytes: RESPONSE_BYTES_MAX - quotes }));
  assert.equal((longest as string).length, RESPONSE_BYTES_MAX - quotes);
  const tooLong = await server.invoke(main, { do: 'large', bytes: RESPONSE_BYTES_MAX - quotes + 1 });
  failed(tooLong, {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: /exceeded maximum allowed payload size/,
    members: ['errorMessage', 'errorType'],
  });
}

async function binary({ server, main }: Stage): Promise<void> {
  const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 31 + (index >> 8)) % 256));
  const answer = await answered(server.invoke(main, { do: 'reverse', text: bytes.toString('base64') }));
  assert.deepEqual(Buffer.from(answer as string, 'base64'), Buffer.from(bytes).reverse());
}

async function textLog({ server, subject, main }: Stage): Promise<void> {
  const { log } = await server.invoke(main, { do: 'log' });
  const lines = log.split('\n').filter((line) => line !== '' && !/^(INIT_START|START|END|REPORT) /.test(line));
  const { textLog: patterns } = subject.expected;
  assert.equal(lines.length, patterns.length, log);
  // What is printed and what is logged may come by different ways.
  for (const pattern of patterns)
    assert.ok(
      lines.some((line) => pattern.test(line)),
      `${pattern} in\n${log}`,
    );
  assert.match(log, /^START RequestId: [\s\S]*END RequestId: [\s\S]*REPORT RequestId: /m);
}

async function jsonLog({ server, subject, short }: Stage): Promise<void> {
  const { log } = await server.invoke(short, { do: 'log' });
  const records = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return JSON.parse(line) as Record<string, unknown>;
      } catch {
        return { message: line };
      }
    });
  const own = records.filter((record) => !String(record['type'] ?? '').startsWith('platform.'));
  assert.deepEqual(
    own.map(({ level, message }) => ({ level, message })),
    subject.expected.jsonLog,
    log,
  );
}

async function stream({ server, streaming }: Stage): Promise<void> {
  const pieces = await server.stream(streaming, { do: 'stream', text: 'é' });
  // A client of one's own language may begin with the prelude of HTTP responses, which ends with eight NULs.
  assert.equal(pieces.join('').split('\0'.repeat(8)).at(-1), 'first é, second é');
  // What is gathered before it is sent comes as one, however slowly it was written.
  assert.ok(!pieces.some((piece) => piece.includes('first é, second é')), JSON.stringify(pieces));
}

async function timeout({ server, subject, short }: Stage): Promise<void> {
  failed(await server.invoke(short, { do: 'hang' }), {
    errorType: 'Sandbox.Timedout',
    errorMessage: new RegExp(`Task timed out after ${subject.expected.timeoutSeconds}\\.00 seconds$`),
    members: ['errorMessage', 'errorType'],
  });
  assert.equal(await answered(server.invoke(short, { do: 'calls' })), 1);
}

async function answered(invocation: Promise<Answer>): Promise<unknown> {
  const { error: kind, value, log } = await invocation;
  assert.equal(kind, undefined, `${JSON.stringify(value)}\n${log}`);
  return value;
}

function failed(answer: Answer, expected: ErrorShape): void {
  const shown = `${JSON.stringify(answer.value)}\n${answer.log}`;
  assert.equal(answer.error, 'Unhandled', shown);
  const value = answer.value as Record<string, unknown>;
  assert.equal(value['errorType'], expected.errorType, shown);
  if (typeof expected.errorMessage === 'string') assert.equal(value['errorMessage'], expected.errorMessage);
  else assert.match(String(value['errorMessage']), expected.errorMessage);
  assert.deepEqual(Object.keys(value).toSorted(), [...expected.members].toSorted(), shown);
}
