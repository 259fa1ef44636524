'use strict';
// Lambkin's Node.js runtime client: what runs in an execution environment of the nodejs runtimes. It behaves as the
// official client of the same runtime does (3.x up to nodejs22.x, 4.x from nodejs24.x on) and speaks frames, not HTTP.
const channel = require('./channel.cjs');
const logConsole = require('./log-console.cjs');
const output = require('./output.cjs');
const responseStream = require('./response-stream.cjs');
const { runtimeError } = require('./errors.cjs');
const { isLegacy } = require('./generation.cjs');
const { loadHandler } = require('./handler-loader.cjs');
const { makeContext } = require('./context.cjs');
const { endProcess, endStream, fail, nextInvocation, parseEvent, progress, succeed } = require('./invocation.cjs');

/** What the official client's process ends with when nothing is left to do: nobody awaits its loop. */
const EXIT_UNSETTLED = 0;
const EXIT_UNCAUGHT_EXCEPTION = 129;

async function main() {
  output.countStream('stdout');
  output.countStream('stderr');
  logConsole.install();
  responseStream.install();
  // Up to 3.x the client itself watches for what nobody caught; from 4.x on Node's own behaviour applies.
  const legacy = isLegacy ? require('./legacy-client.cjs') : undefined;
  legacy?.watchProcess();
  let handler;
  let isStreaming;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT ?? '/var/task', process.env._HANDLER ?? '');
    isStreaming = responseStream.isStreaming(handler);
    if (!isLegacy && !isStreaming) refuseCallbacks(handler);
  } catch (error) {
    endProcess(isLegacy ? 'Uncaught Exception' : 'Init Error', error, isLegacy ? EXIT_UNCAUGHT_EXCEPTION : 1);
  }
  // What the function's code left rejected while it was loaded is told as init's error.
  await loopTurn();
  channel.ready();
  if (legacy && !isStreaming) legacy.serve(handler);
  else await serve(handler, isStreaming);
}

function refuseCallbacks(handler) {
  if (handler.length < 3) return;
  throw runtimeError(
    'CallbackHandlerDeprecated',
    'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
  );
}

/** One event after the other. The loop makes a turn before each answer and then stands still until the next event. */
async function serve(handler, isStreaming) {
  process.on('beforeExit', endUnsettled);
  for (;;) {
    const invocation = nextInvocation();
    try {
      const event = parseEvent(invocation);
      const context = makeContext(invocation);
      if (!isLegacy) context.xRayTraceId = invocation.trace;
      const result = await (isStreaming ? responseStream.runStreaming(handler, event, context) : handler(event, context));
      await loopTurn();
      if (isStreaming) endStream();
      else succeed(result);
    } catch (error) {
      await loopTurn();
      fail(error);
    }
  }
}

function loopTurn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Nothing is left to do and the handler's promise has not settled: it never will. */
function endUnsettled() {
  if (progress.isOpen) process.exit(EXIT_UNSETTLED);
}

// Frames carry one event at a time; without a channel for them there may be several, over HTTP.
if (channel.isOpen) void main();
else void require('./concurrent-client.cjs').main(refuseCallbacks);
