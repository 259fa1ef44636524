// The corpus for Node.js: what an event asks for under "do".
import { createRequire } from 'node:module';

let calls = 0;

class CorpusError extends Error {
  name = 'CorpusError';
}

if (process.env.CORPUS_INIT === 'fail') throw new Error('init failed');

const actions = {
  echo: ({ value }) => value,
  context: (_event, context) => ({
    requestId: context.awsRequestId,
    arn: context.invokedFunctionArn,
    name: context.functionName,
    version: context.functionVersion,
    memory: context.memoryLimitInMB,
    logGroup: context.logGroupName,
    logStream: context.logStreamName,
    remainingMs: context.getRemainingTimeInMillis(),
    clientCustom: context.clientContext?.custom?.key,
  }),
  environment: ({ names }) => Object.fromEntries(names.map((name) => [name, process.env[name] ?? null])),
  calls: () => calls,
  error: ({ text }) => {
    throw new CorpusError(text);
  },
  exit: () => process.exit(3),
  hang: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
  unhandled: ({ text }) =>
    new Promise((resolve) => {
      void Promise.reject(new CorpusError(text));
      setTimeout(resolve, 60_000);
    }),
  length: ({ text }) => text.length,
  large: ({ bytes }) => 'x'.repeat(bytes),
  reverse: ({ text }) => Buffer.from(text, 'base64').reverse().toString('base64'),
  log: () => {
    process.stdout.write('raw line\n');
    for (const level of ['debug', 'info', 'warn', 'error']) console[level](`a ${level}`);
    return true;
  },
  layer: () => createRequire(import.meta.url)('layered').text,
};

/** The event loop has its turn in between, so that what was written first is on its way. */
export const streaming = globalThis.awslambda?.streamifyResponse(async ({ text }, stream) => {
  stream.write(`first ${text}`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  stream.end(`, second ${text}`);
});

export const handler = async (event, context) => {
  calls += 1;
  return actions[event.do](event, context);
};
