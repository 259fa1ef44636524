import assert from 'node:assert/strict';
import { ClientProcess, type ClientCommand, type Event, type Frame } from './client-process.ts';

/** What a client must do with one function. */
export interface ClientCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** Default `main.handler`. */
  readonly handler?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: one event `{}`. Init must fail when there are none. */
  readonly events?: readonly (Event | string)[];
  /** One answer for each event, or the one INIT_ERROR. */
  readonly answers: readonly ExpectedAnswer[];
  /** Everything printed, with times, folders and stacks made plain. Default: nothing. */
  readonly log?: string;
  /** The log is not compared: what it says is Node's or Python's own, or is checked by another case. */
  readonly anyLog?: boolean;
  /** Exit status once the server is gone; default 0. */
  readonly exitCode?: number;
}

/** `json` is compared as a value, `text` byte for byte; a function sees the payload. Undefined stands for a client that ends without an answer. */
export type ExpectedAnswer =
  | {
      readonly type: string;
      readonly errorType?: string | undefined;
      readonly json?: unknown;
      readonly text?: string;
      readonly check?: (payload: Buffer) => void;
    }
  | undefined;

/** A client that runs a case's function; see {@link ClientProcess}. */
export type RunningClient = Pick<ClientProcess, 'taskDirectory' | 'frame' | 'invoke' | 'end' | 'dispose'>;

/** Starts a client on a function's files. */
export type OpenClient = (
  command: ClientCommand,
  files: Readonly<Record<string, string>>,
  handler: string,
  env: Readonly<Record<string, string>> | undefined,
) => Promise<RunningClient>;

const openOwnClient: OpenClient = async (command, files, handler, env) => new ClientProcess(command, files, handler, env);

/** Runs the client on the case and asserts its frames, its log and its exit status. */
export async function runCase(
  command: ClientCommand,
  runtimeDirectory: string,
  expected: ClientCase,
  open: OpenClient = openOwnClient,
): Promise<void> {
  const client = await open(command, expected.files, expected.handler ?? 'main.handler', expected.env);
  try {
    const plain = (text: string): string => makePlain(text, client.taskDirectory, runtimeDirectory);
    const first = await client.frame();
    const initFails =
      expected.answers[0]?.type === 'INIT_ERROR' || (expected.events?.length === 0 && expected.answers.length === 1);
    if (initFails) {
      checkAnswer(first, expected.answers[0], plain);
    } else {
      assert.equal(first?.type, 'READY', `init failed: ${first?.payload}`);
      for (const [index, event] of (expected.events ?? ['{}']).entries()) {
        const answer = await client.invoke(typeof event === 'string' ? { payload: event } : event);
        checkAnswer(answer, expected.answers[index], plain);
      }
    }
    const { exitCode, output } = await client.end();
    if (!expected.anyLog) assert.equal(plain(output), expected.log ?? '');
    assert.equal(exitCode, expected.exitCode ?? 0, 'exit status');
  } finally {
    client.dispose();
  }
}

function checkAnswer(answer: Frame | undefined, expected: ExpectedAnswer, plain: (text: string) => string): void {
  assert.equal(answer?.type, expected?.type, `answer ${answer?.type} ${answer?.payload.toString('utf8', 0, 500)}`);
  if (!answer || !expected) return;
  if (expected.errorType) assert.equal(answer.head['type'], expected.errorType);
  if (expected.text !== undefined) assert.equal(plain(answer.payload.toString('utf8')), expected.text);
  if (expected.json !== undefined) assert.deepEqual(JSON.parse(plain(answer.payload.toString('utf8'))), expected.json);
  expected.check?.(answer.payload);
}

/** Takes out what differs between runs and machines: times, folders, all of a JavaScript stack but its first line, a Python stack's marks. */
function makePlain(text: string, taskDirectory: string, runtimeDirectory: string): string {
  return text
    .replaceAll(taskDirectory, '/var/task')
    .replaceAll(runtimeDirectory, '/var/runtime')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, '<time>')
    .replaceAll(/\[\d{4}-\d\d-\d\dT[\d:.]+ #\d+\]/g, '[<when>]')
    .replaceAll(/(?:(?:[\n\r]|\\n) {4}at (?:[^\n\r"\\]|\\(?!n))*)+/g, '')
    .replaceAll(/\\n +[~^]+(?=\\n)/g, '')
    .replaceAll(/(?:," {4}at (?:[^"\\]|\\.)*")+/g, '');
}
