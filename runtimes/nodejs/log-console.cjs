'use strict';
// The console of a function: each record is one line in Lambda's text or JSON form.
const util = require('node:util');
const { toLogText } = require('./errors.cjs');
const { isLegacy } = require('./generation.cjs');
const output = require('./output.cjs');

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };
/** Libraries that log by themselves look for the request id here. */
const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');

const asJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';

/** The tenant of the current invocation, if it has one. */
let tenantId;
let currentTenant = () => tenantId;

/** What stands for the request id before the first invocation. */
const NO_REQUEST = isLegacy ? undefined : '-';

/** Lines belong to this invocation from now on. */
function setInvocation(invocation) {
  globalThis[REQUEST_ID] = invocation.id;
  tenantId = invocation.tenantId;
}

/** Lines belong to whichever of several invocations the code that writes them runs for. */
function follow(invokeStore) {
  Object.defineProperty(globalThis, REQUEST_ID, {
    get: () => invokeStore.get(invokeStore.PROTECTED_KEYS.REQUEST_ID),
    configurable: true,
  });
  currentTenant = () => invokeStore.getTenantId();
}

/** Replaces the console's methods so that they write Lambda's log lines. */
function install() {
  const threshold = LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE;
  const line = asJson ? jsonLine : textLine;
  for (const method of Object.keys(METHODS)) {
    const level = METHODS[method];
    // FATAL is never filtered, as the highest level that can be set is FATAL itself.
    console[method] = LEVELS[level] < threshold ? () => {} : (message, ...rest) => output.write(1, line(level, message, rest));
  }
}

/** Logs what went wrong under a heading; in JSON the error itself is the message. */
function logError(heading, error) {
  const known = error instanceof Error ? error : new Error(error);
  if (asJson) console.error(known);
  else console.error(heading, `\t${toLogText(known)}`);
}

/** One record is one line: its own newlines travel as carriage returns. */
function textLine(level, message, rest) {
  const text = util.format(message, ...rest).replaceAll('\n', '\r');
  return `${new Date().toISOString()}\t${globalThis[REQUEST_ID] ?? NO_REQUEST}\t${level}\t${text}\n`;
}

function jsonLine(level, message, rest) {
  const record = { timestamp: new Date().toISOString(), level, requestId: globalThis[REQUEST_ID] ?? NO_REQUEST };
  const tenant = currentTenant();
  if (tenant) record.tenantId = tenant;
  if (rest.length === 0) {
    try {
      return `${JSON.stringify({ ...record, message }, errorsAsObjects)}\n`;
    } catch {
      // Circular, or with a BigInt in it.
      return `${JSON.stringify({ ...record, message: util.format(message) })}\n`;
    }
  }
  record.message = util.format(message, ...rest);
  const error = [message, ...rest].find((value) => value instanceof Error);
  return `${JSON.stringify(error ? { ...record, ...details(error) } : record)}\n`;
}

function errorsAsObjects(_key, value) {
  return value instanceof Error ? Object.assign(details(value), value) : value;
}

function details(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

module.exports = { follow, install, logError, setInvocation };
