'use strict';
// Several events at a time in one process, for functions on capacity providers: as many loops as there may be
// invocations, each asking for an event, running the handler and answering. What is not awaited goes on beside them.
const errors = require('./errors.cjs');
const http = require('./http-runtime-api.cjs');
const logConsole = require('./log-console.cjs');
const responseStream = require('./response-stream.cjs');
const { makeContext } = require('./context.cjs');
const { invokeStore, runFor } = require('./invoke-store.cjs');
const { loadHandler } = require('./handler-loader.cjs');
const { parseEvent, stringify } = require('./invocation.cjs');

const EXIT_UNCAUGHT_EXCEPTION = 129;

/** Runs until the server is gone. */
async function main(refuseCallbacks) {
  logConsole.install();
  logConsole.follow(invokeStore);
  responseStream.install();
  if (globalThis.awslambda) globalThis.awslambda.InvokeStore = invokeStore;
  // What nobody caught ends the process, and with it every invocation in progress.
  process.on('uncaughtException', (error) => {
    logConsole.logError('Uncaught Exception', error);
    process.exit(EXIT_UNCAUGHT_EXCEPTION);
  });
  let handler;
  let isStreaming;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT ?? '/var/task', process.env._HANDLER ?? '');
    isStreaming = responseStream.isStreaming(handler);
    if (!isStreaming) refuseCallbacks(handler);
  } catch (error) {
    logConsole.logError('Uncaught Exception', error);
    await http.initError(errors.headerType(error), JSON.stringify(errors.toPayload(error)));
    process.exit(1);
  }
  const loops = Number(process.env.AWS_LAMBDA_MAX_CONCURRENCY) || 1;
  for (let loop = 0; loop < loops; loop += 1) void serve(handler, isStreaming);
}

async function serve(handler, isStreaming) {
  try {
    for (;;) {
      const invocation = await http.next();
      await runFor(invocation, () => (isStreaming ? stream : answer)(handler, invocation));
    }
  } catch {
    // Nobody is there to ask or to answer.
    process.exit(0);
  }
}

async function answer(handler, invocation) {
  let payload;
  try {
    payload = stringify(await handler(parseEvent(invocation), contextOf(invocation)));
  } catch (error) {
    return fail(invocation, error);
  }
  await http.respond(invocation.id, payload);
}

async function stream(handler, invocation) {
  const streamed = new http.StreamedAnswer(invocation.id);
  try {
    await responseStream.runStreaming(handler, parseEvent(invocation), contextOf(invocation), streamed);
  } catch (error) {
    if (!streamed.isBegun) return fail(invocation, error);
    logConsole.logError('Invoke Error', error);
    return streamed.end({ type: errors.headerType(error), payload: JSON.stringify(errors.toPayload(error)) });
  }
  await streamed.end();
}

function contextOf(invocation) {
  const context = makeContext(invocation);
  context.xRayTraceId = invocation.trace;
  return context;
}

async function fail(invocation, error) {
  logConsole.logError('Invoke Error', error);
  await http.fail(invocation.id, errors.headerType(error), JSON.stringify(errors.toPayload(error)));
}

module.exports = { main };
