import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Runtime } from '@aws-sdk/client-lambda';
import { RuntimeCatalogue } from '../../../src/sandbox/runtimes/runtime-catalogue.ts';
import { type BehaviourName, BEHAVIOURS, type Stage } from './behaviours.ts';
import { ADDED, ensureAdded, goProgram, rustProgram } from './builds.ts';
import { CorpusServer } from './corpus-server.ts';
import { Results } from './results.ts';
import { type Subject, Unavailable } from './subject.ts';
import { goSubject, javaSubject, nodeSubject, pythonSubject, rubySubject, rustSubject } from './subjects.ts';

// One corpus of functions, the same in every language, in real sandboxes behind a real server. What a machine lacks is
// skipped by name; compilers and what is fetched are kept in a folder below the system's temporary one.

/** The host's Ruby stands for this runtime, whatever its version. */
const RUBY: Runtime = 'ruby3.3';
/** Subjects that run at a time: their environments share the machine's cores. Behaviours of one take turns, for they count calls. */
const CONCURRENCY = 2;
const BEHAVIOUR_NAMES = Object.keys(BEHAVIOURS) as BehaviourName[];

const subjects: readonly Subject[] = [
  ...[20, 22, 24].map(nodeSubject),
  ...['3.9', '3.11', '3.13'].map(pythonSubject),
  rubySubject(RUBY),
  ...(['java17', 'java21', 'java25'] as const).map(javaSubject),
  goSubject(),
  rustSubject(),
];
const settings = { [RUBY]: 'ruby' };
const results = new Results();
let server: CorpusServer;
let catalogue: RuntimeCatalogue;

before(async () => {
  catalogue = new RuntimeCatalogue({
    settings,
    clientsDirectory: '',
    searchPath: process.env['PATH'] ?? '',
    nodeExecutable: process.execPath,
    addedDirectory: ADDED,
    javaHome: process.env['JAVA_HOME'],
    jvmFolder: '/usr/lib/jvm',
  });
  // The slow ones are on their way while the others run; each subject waits for its own.
  for (const build of [goProgram, rustProgram]) build().catch(() => {});
  server = await CorpusServer.start(ADDED, { LAMBKIN_RUNTIMES: `${RUBY}=${settings[RUBY]}` });
});

after(async () => {
  console.log(`\n${results.table(BEHAVIOUR_NAMES)}\n`);
  assert.equal(await server.close(), 0, server.output());
});

describe('the corpus', { concurrency: CONCURRENCY }, () => {
  for (const subject of subjects) describe(subject.title, { concurrency: 1 }, () => suite(subject));
});

function suite(subject: Subject): void {
  let stage: Stage | undefined;
  let unavailable: string | undefined;
  before(async () => {
    try {
      stage = await prepare(subject);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      unavailable = error.message;
    }
  });
  for (const name of BEHAVIOUR_NAMES) {
    it(name, async (t) => {
      const reason = unavailable ?? subject.skipped[name];
      if (reason !== undefined || !stage) {
        results.skipped(subject.title, name, reason ?? 'it was not prepared');
        return t.skip(reason);
      }
      await BEHAVIOURS[name](stage);
      results.ok(subject.title, name);
    });
  }
}

/** Creates the subject's functions. Rejects with {@link Unavailable} when the machine can't run them. */
async function prepare(subject: Subject): Promise<Stage> {
  await bring(subject.runtime);
  const id = `${subject.title.replaceAll(/[^a-zA-Z0-9]+/g, '-')}-${randomBytes(3).toString('hex')}`;
  const { streamingHandler: Handler } = subject;
  const main = `main-${id}`;
  const streaming = Handler === undefined ? main : `stream-${id}`;
  const stage = { server, subject, main, streaming, short: `short-${id}`, broken: `broken-${id}` };
  const layers = subject.layer ? [await server.publishLayer(`layer-${id}`, await subject.layer())] : [];
  await Promise.all([
    server.create(subject, stage.main, {
      Layers: layers,
      Environment: { Variables: { GREETING: `it's "quoted"; $(id)\nand more` } },
    }),
    server.create(subject, stage.short, {
      Timeout: subject.expected.timeoutSeconds,
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'WARN', SystemLogLevel: 'WARN' },
      Environment: { Variables: { AWS_LAMBDA_EXEC_WRAPPER: '/var/task/wrapper' } },
    }),
    ...(Handler === undefined ? [] : [server.create(subject, streaming, { Handler })]),
    server.create(subject, stage.broken, { Environment: { Variables: { CORPUS_INIT: 'fail' } } }),
  ]);
  return stage;
}

/** What is missing is added where lambkin can. */
async function bring(runtime: string): Promise<void> {
  const status = await catalogue.status(runtime);
  if (status.available) return;
  if (/lambkin runtime add/.test(status.remedy)) {
    await ensureAdded(runtime);
    const now = await catalogue.status(runtime);
    if (now.available) return;
  }
  throw new Unavailable(status.remedy);
}
