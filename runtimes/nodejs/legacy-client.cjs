'use strict';
// What the 3.x client adds: callbacks, context.done and its kin, waiting for an empty event loop, and watching for
// errors that nobody caught.
const { runtimeError } = require('./errors.cjs');
const { makeContext } = require('./context.cjs');
const { endProcess, fail, nextInvocation, parseEvent, succeed } = require('./invocation.cjs');

const EXIT_UNHANDLED_REJECTION = 128;
const EXIT_UNCAUGHT_EXCEPTION = 129;
const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';

/** What to do when the event loop has nothing left; set by the invocation in progress. */
let onEmptyLoop = () => {};

/** Reports what nobody caught, as an error of the invocation or of init, and ends the process. */
function watchProcess() {
  process.on('uncaughtException', (error) => endProcess('Uncaught Exception', error, EXIT_UNCAUGHT_EXCEPTION));
  process.on('unhandledRejection', (reason, promise) => {
    const error = runtimeError('UnhandledPromiseRejection', reason);
    error.reason = reason;
    error.promise = promise;
    endProcess('Unhandled Promise Rejection', error, EXIT_UNHANDLED_REJECTION);
  });
}

/** Serves events until the server is gone. */
function serve(handler) {
  process.on('beforeExit', () => onEmptyLoop());
  const isAsync = handler.constructor?.name === 'AsyncFunction';
  const next = () => setImmediate(() => start(handler, isAsync, next));
  start(handler, isAsync, next);
}

function start(handler, isAsync, next) {
  const invocation = nextInvocation();
  const answer = (action) => {
    onEmptyLoop = () => {};
    try {
      action();
    } catch (error) {
      // A result that can't be made JSON.
      fail(error);
    }
    next();
  };
  const { callback, members } = callbackForms(answer);
  onEmptyLoop = () => answer(() => (isAsync ? fail(runtimeError('NodeJsExit', NEVER_SETTLED)) : succeed(null)));
  const context = Object.defineProperties(makeContext(invocation), Object.getOwnPropertyDescriptors(members));
  try {
    const result = handler(parseEvent(invocation), context, callback);
    if (typeof result?.then === 'function') result.then(context.succeed, context.fail);
  } catch (error) {
    callback(error);
  }
}

/** The ways to answer that a handler is given; the first call of any of them counts and the others do nothing. */
function callbackForms(answer) {
  let waitsForEmptyLoop = true;
  let isCalled = false;
  const once =
    (form) =>
    (...values) => {
      if (isCalled) return;
      isCalled = true;
      form(...values);
    };
  const done = (error, result) => answer(() => (isNothing(error) ? succeed(result) : fail(error)));
  const callback = once((error, result) => {
    if (isNothing(error) && waitsForEmptyLoop) onEmptyLoop = () => done(null, result);
    else done(error, result);
  });
  const members = {
    get callbackWaitsForEmptyEventLoop() {
      return waitsForEmptyLoop;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waitsForEmptyLoop = value;
    },
    succeed: once((result) => done(null, result)),
    fail: once((error) => done(isNothing(error) ? 'handled' : error)),
    done: once(done),
  };
  return { callback, members };
}

function isNothing(value) {
  return value === undefined || value === null;
}

module.exports = { watchProcess, serve };
