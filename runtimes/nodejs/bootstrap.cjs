'use strict';
// Lambkin's Node.js runtime client: what runs in an execution environment of the nodejs runtimes. It behaves as the
// official client of the same runtime does (3.x up to nodejs22.x, 4.x from nodejs24.x on) and speaks frames, not HTTP.
const channel = require('./channel.cjs');
const errors = require('./errors.cjs');
const logConsole = require('./log-console.cjs');
const output = require('./output.cjs');
const responseStream = require('./response-stream.cjs');
const { loadHandler } = require('./handler-loader.cjs');
const { makeContext } = require('./context.cjs');

const runtimeMajor = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? '')?.[1] ?? 24);
const isLegacy = runtimeMajor < 24;

async function main() {
  output.countStream('stdout');
  output.countStream('stderr');
  logConsole.install();
  responseStream.install();
  // Up to 3.x the client itself watches for what nobody caught; from 4.x on Node's own behaviour applies.
  const legacy = isLegacy ? require('./legacy-client.cjs') : undefined;
  legacy?.watchProcess();
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER ?? '');
    if (!isLegacy && handler.length >= 3 && !responseStream.isStreaming(handler)) {
      throw errors.runtimeError(
        'CallbackHandlerDeprecated',
        'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
      );
    }
  } catch (error) {
    console.error(`Uncaught Exception \t${errors.toLog(error)}`);
    channel.initError(errors.headerType(error), JSON.stringify(errors.toPayload(error)));
    process.exit(1);
  }
  channel.ready();
  if (legacy && !responseStream.isStreaming(handler)) legacy.serve(handler);
  else await serve(handler);
}

/** One event after the other; each turn of the loop lets the function's own timers and streams run as well. */
async function serve(handler) {
  for (;;) {
    const invocation = nextInvocation();
    try {
      const event = JSON.parse(invocation.payload.toString('utf8'));
      const context = { ...makeContext(invocation), ...(isLegacy ? {} : { xRayTraceId: invocation.trace }) };
      const payload = responseStream.isStreaming(handler)
        ? await responseStream.runStreaming(handler, event, context)
        : stringify(await handler(event, context));
      channel.respondAndNext(payload, output.writtenBytes());
    } catch (error) {
      reportError(error);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Blocks until there is an event and makes it the current one. */
function nextInvocation() {
  const invocation = channel.readInvoke();
  logConsole.setRequestId(invocation.id);
  if (invocation.trace) process.env._X_AMZN_TRACE_ID = invocation.trace;
  else delete process.env._X_AMZN_TRACE_ID;
  return invocation;
}

function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw errors.runtimeError('SerializationError', 'Unable to stringify response body');
  }
}

function reportError(error) {
  console.error(`Invoke Error \t${errors.toLog(error)}`);
  channel.failAndNext(errors.headerType(error), JSON.stringify(errors.toPayload(error)), output.writtenBytes());
}

module.exports = { nextInvocation, stringify, reportError };

void main();
