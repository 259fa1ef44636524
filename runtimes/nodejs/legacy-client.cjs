'use strict';
// What the 3.x client adds: callbacks, context.done and its kin, waiting for an empty event loop, and watching for
// errors that nobody caught.
const channel = require('./channel.cjs');
const errors = require('./errors.cjs');
const output = require('./output.cjs');
const { makeContext } = require('./context.cjs');

const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;

/** The invocation that has not been answered; undefined between two and during init. */
let current;

function watchProcess() {
  process.on('uncaughtException', (error) => endWith(error, EXIT_UNCAUGHT_EXCEPTION));
  process.on('unhandledRejection', (reason) => {
    const error = errors.runtimeError('UnhandledPromiseRejection', reason?.toString?.() ?? String(reason));
    error.reason = reason;
    endWith(error, EXIT_UNHANDLED_REJECTION);
  });
}

function endWith(error, exitCode) {
  console.error(`Uncaught Exception \t${errors.toLog(error)}`);
  const payload = JSON.stringify(errors.toPayload(error));
  if (current) channel.fail(errors.headerType(error), payload, output.writtenBytes());
  else channel.initError(errors.headerType(error), payload);
  process.exit(exitCode);
}

/** Serves events until the server is gone. */
function serve(handler) {
  process.on('beforeExit', () => current?.loopEmpty());
  const next = () => setImmediate(() => start(handler, next));
  start(handler, next);
}

function start(handler, next) {
  const { nextInvocation, stringify, reportError } = require('./bootstrap.cjs');
  const invocation = nextInvocation();
  let waitsForEmptyLoop = true;
  let called;
  let isPromise = false;
  const state = { loopEmpty };
  current = state;

  const finish = (answer) => {
    if (current !== state) return;
    current = undefined;
    try {
      answer();
    } catch (error) {
      reportError(error);
    }
    next();
  };
  const succeed = (result) => finish(() => channel.respondAndNext(stringify(result), output.writtenBytes()));
  const fail = (error) => finish(() => reportError(error));

  const callback = (error, result) => {
    if (called) return;
    called = error === undefined || error === null ? () => succeed(result) : () => fail(error);
    if (!waitsForEmptyLoop) setImmediate(called);
  };

  function loopEmpty() {
    if (called) called();
    else if (isPromise) fail(errors.runtimeError('NodeJsExit', 'Error: Runtime exited without providing a reason'));
    else succeed(null);
  }

  const atOnce = (answer) => {
    if (called) return;
    called = answer;
    answer();
  };
  const context = {
    ...makeContext(invocation),
    get callbackWaitsForEmptyEventLoop() {
      return waitsForEmptyLoop;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waitsForEmptyLoop = Boolean(value);
    },
    done: (error, result) => atOnce(() => (error ? fail(error) : succeed(result))),
    succeed: (result) => atOnce(() => succeed(result)),
    fail: (error) => atOnce(() => fail(error ?? 'handled')),
  };

  try {
    const result = handler(JSON.parse(invocation.payload.toString('utf8')), context, callback);
    if (typeof result?.then === 'function') {
      isPromise = true;
      result.then((value) => atOnce(() => succeed(value)), (error) => atOnce(() => fail(error)));
    }
  } catch (error) {
    atOnce(() => fail(error));
  }
}

module.exports = { watchProcess, serve };
