import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from '@aws-sdk/client-lambda';
import { type ZipEntry, zip } from '../../e2e/zip.ts';
import { FUNCTIONS } from './build-cache.ts';
import { goProgram, javaClasses, rustProgram } from './builds.ts';
import { type Expectations, exited, type Subject } from './subject.ts';

// Every language of the corpus: how its function is packed, and in what it differs.

const WRAPPER: ZipEntry = { content: '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n', mode: 0o755 };
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}`;
const ID = '[0-9a-f-]{36}';
const MEMORY_MB = 1_769;

function source(...path: readonly string[]): string {
  return readFileSync(join(FUNCTIONS, ...path), 'utf8');
}

/** Source: Lambda developer guide, "Response streaming": Node.js, and runtimes of one's own. */
const NO_STREAMING = { 'streams as it writes': "Lambda streams from Node.js and from runtimes of one's own only" } as const;

function interpreted(runtime: Runtime, file: string, layer: Readonly<Record<string, string>>, expected: Expectations): Subject {
  const language = runtime.replace(/\d.*/, '');
  return {
    title: runtime,
    runtime,
    handler: 'main.handler',
    ...(language === 'nodejs' ? { streamingHandler: 'main.streaming' } : {}),
    package: () => zip({ [file]: source(language, file), wrapper: WRAPPER }),
    layer: () => zip(layer),
    expected,
    skipped: language === 'nodejs' ? {} : NO_STREAMING,
  };
}

/** Functions of nodejs22.x and older have the third generation of the client, which tells what nobody caught. */
export function nodeSubject(version: number): Subject {
  const error = { errorType: 'CorpusError', errorMessage: 'went wrong', members: ['errorMessage', 'errorType', 'trace'] };
  return interpreted(
    `nodejs${version}.x` as Runtime,
    'main.mjs',
    { 'nodejs/node_modules/layered/index.js': "exports.text = 'from a layer';\n" },
    {
      memory: String(MEMORY_MB),
      timeoutSeconds: 2,
      error,
      exit: exited(3),
      unhandled:
        version < 24 ? { ...error, errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: /nobody saw$/ } : exited(1),
      endsUnhandled: true,
      init: { ...error, errorType: 'Error', errorMessage: 'init failed' },
      textLog: [
        /^raw line$/,
        ...['DEBUG', 'INFO', 'WARN', 'ERROR'].map(
          (level) => new RegExp(`^${TIME}Z\\t${ID}\\t${level}\\ta ${level.toLowerCase()}$`),
        ),
      ],
      jsonLog: [
        { level: 'WARN', message: 'a warn' },
        { level: 'ERROR', message: 'a error' },
      ],
    },
  );
}

export function pythonSubject(version: string): Subject {
  const members = ['errorMessage', 'errorType', 'requestId', 'stackTrace'];
  return interpreted(
    `python${version}` as Runtime,
    'main.py',
    { 'python/layered.py': 'TEXT = "from a layer"\n' },
    {
      memory: String(MEMORY_MB),
      timeoutSeconds: 2,
      error: { errorType: 'CorpusError', errorMessage: 'went wrong', members },
      exit: exited(3),
      unhandled: exited(1),
      endsUnhandled: true,
      init: { errorType: 'RuntimeError', errorMessage: 'init failed', members },
      textLog: [
        /^raw line$/,
        ...['DEBUG', 'INFO', 'WARNING', 'ERROR'].map(
          (level) => new RegExp(`^\\[${level}\\]\\t${TIME}Z\\t${ID}\\ta ${level.toLowerCase().replace('ing', '')}$`),
        ),
      ],
      jsonLog: [
        { level: 'WARNING', message: 'a warn' },
        { level: 'ERROR', message: 'a error' },
      ],
    },
  );
}

export function rubySubject(runtime: Runtime): Subject {
  const members = ['errorMessage', 'errorType', 'stackTrace'];
  return interpreted(
    runtime,
    'main.rb',
    { 'ruby/lib/layered.rb': "LAYERED = 'from a layer'\n" },
    {
      memory: String(MEMORY_MB),
      timeoutSeconds: 2,
      error: { errorType: 'Function<CorpusError>', errorMessage: 'went wrong', members },
      exit: exited(3),
      unhandled: { errorType: 'Function<Exception>', errorMessage: 'nobody saw', members },
      endsUnhandled: true,
      init: { errorType: 'Init<RuntimeError>', errorMessage: 'init failed', members },
      textLog: [
        /^raw line$/,
        ...['DEBUG', 'INFO', 'WARN', 'ERROR'].map(
          (level) => new RegExp(`^${level[0]}, \\[${TIME} #\\d+\\] {1,2}${level} ${ID} -- : a ${level.toLowerCase()}$`),
        ),
      ],
      // Ruby's logger writes text, which counts as INFO.
      jsonLog: [],
    },
  );
}

export function javaSubject(runtime: Runtime): Subject {
  const members = ['errorMessage', 'errorType', 'stackTrace'];
  return {
    title: runtime,
    runtime,
    handler: 'example.Main::handleRequest',
    package: async () => zip({ ...(await javaClasses('example')), wrapper: WRAPPER }),
    layer: async () => zip({ 'java/lib/layered.jar': await zip(await javaClasses('layered')) }),
    expected: {
      memory: MEMORY_MB,
      dropsNull: true,
      timeoutSeconds: 5,
      error: { errorType: 'example.Main$CorpusError', errorMessage: 'went wrong', members },
      exit: exited(3),
      unhandled: { errorType: 'java.lang.StackOverflowError', errorMessage: 'nobody saw', members },
      endsUnhandled: true,
      init: { errorType: 'java.lang.IllegalStateException', errorMessage: 'init failed', members: ['errorMessage', 'errorType'] },
      textLog: [/^raw line$/, /^\[DEBUG\] a debug$/, /^\[INFO\] a info$/, /^\[WARN\] a warn$/, /^\[ERROR\] a error$/],
      jsonLog: [
        { level: 'WARN', message: 'a warn' },
        { level: 'ERROR', message: 'a error' },
      ],
    },
    skipped: NO_STREAMING,
  };
}

const NATIVE_SKIPPED = {
  'layer on the path': 'its modules are linked in',
  'exec wrapper': 'for managed runtimes only',
} as const;
const NATIVE_LOG = [
  { level: 'WARN', message: 'a warn' },
  { level: 'ERROR', message: 'a error' },
];

export function goSubject(): Subject {
  return {
    title: 'Go on provided.al2023',
    runtime: 'provided.al2023',
    handler: 'bootstrap',
    package: async () => zip({ bootstrap: { content: readFileSync(await goProgram()), mode: 0o755 } }),
    expected: {
      memory: MEMORY_MB,
      timeoutSeconds: 2,
      error: { errorType: 'CorpusError', errorMessage: 'went wrong', members: ['errorMessage', 'errorType'] },
      exit: exited(3),
      unhandled: {
        errorType: 'errorString',
        errorMessage: 'nobody saw',
        members: ['errorMessage', 'errorType', 'stackTrace'],
      },
      endsUnhandled: true,
      init: exited(2),
      textLog: [/^raw line$/, /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d a log line$/],
      jsonLog: NATIVE_LOG,
    },
    skipped: NATIVE_SKIPPED,
  };
}

export function rustSubject(): Subject {
  const members = ['errorMessage', 'errorType'];
  return {
    title: 'Rust on provided.al2',
    runtime: 'provided.al2',
    handler: 'bootstrap',
    package: async () => zip({ bootstrap: { content: readFileSync(await rustProgram()), mode: 0o755 } }),
    expected: {
      memory: MEMORY_MB,
      asciiHeaders: true,
      timeoutSeconds: 2,
      // The crate tells the type that it has boxed the error in.
      error: {
        errorType: '&alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>',
        errorMessage: 'went wrong',
        members,
      },
      exit: exited(3),
      unhandled: {
        errorType: '&alloc::boxed::Box<dyn core::any::Any + core::marker::Send>',
        errorMessage: 'Lambda panicked: nobody saw',
        members,
      },
      endsUnhandled: false,
      init: exited(101),
      textLog: [/^raw line$/, /^a log line$/],
      jsonLog: NATIVE_LOG,
    },
    skipped: NATIVE_SKIPPED,
  };
}
