'use strict';
// One invocation from its event to its answer, for both generations of the client.
const channel = require('./channel.cjs');
const errors = require('./errors.cjs');
const { isLegacy } = require('./generation.cjs');
const logConsole = require('./log-console.cjs');
const output = require('./output.cjs');

/** Whether an event has been taken and not been answered, whether there has been any, and whether its answer streams already. */
const progress = { isOpen: false, hasServed: false, isStreaming: false };

/** Blocks until there is an event and makes it the current one. */
function nextInvocation() {
  const invocation = channel.readInvoke();
  progress.isOpen = true;
  progress.hasServed = true;
  logConsole.setInvocation(invocation);
  if (invocation.trace) process.env._X_AMZN_TRACE_ID = invocation.trace;
  else delete process.env._X_AMZN_TRACE_ID;
  return invocation;
}

/** The event as a value; throws a SyntaxError, which is then the function's error, when it is not JSON. */
function parseEvent(invocation) {
  return JSON.parse(invocation.payload.toString('utf8'));
}

/** Answers with the result as JSON; throws when it can't be made JSON, and the invocation stays open. */
function succeed(result) {
  const payload = stringify(result);
  progress.isOpen = false;
  channel.respondAndNext(payload, output.writtenBytes());
}

/** Ends a streamed answer. */
function endStream() {
  closeStream();
  channel.endStreamAndNext(undefined, output.writtenBytes());
}

function closeStream() {
  progress.isOpen = false;
  progress.isStreaming = false;
}

/** Logs the error and answers with it. */
function fail(error) {
  logConsole.logError('Invoke Error', error);
  const type = errors.headerType(error);
  const payload = JSON.stringify(errors.toPayload(error));
  const wasStreaming = progress.isStreaming;
  closeStream();
  if (wasStreaming) channel.endStreamAndNext({ type, payload }, output.writtenBytes());
  else channel.failAndNext(type, payload, output.writtenBytes());
}

/** Ends the process over an error that nobody caught, telling whoever waits for it: the invocation, or init. */
function endProcess(heading, error, exitCode) {
  logConsole.logError(heading, error);
  const type = errors.headerType(error);
  const payload = JSON.stringify(errors.toPayload(error));
  if (progress.isStreaming) channel.endStream({ type, payload }, output.writtenBytes());
  else if (progress.isOpen) channel.fail(type, payload, output.writtenBytes());
  else if (!progress.hasServed) channel.initError(type, payload);
  process.exit(exitCode);
}

/** The result as JSON; throws when it can't be made JSON. */
function stringify(result) {
  try {
    // A function or a symbol has no JSON text at all.
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    const message = 'Unable to stringify response body';
    throw isLegacy ? new Error(message) : errors.runtimeError('JSONStringifyError', message);
  }
}

module.exports = { progress, nextInvocation, parseEvent, stringify, succeed, endStream, fail, endProcess };
