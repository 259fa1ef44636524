'use strict';
const util = require('node:util');
const { isError } = require('./errors.cjs');
const output = require('./output.cjs');

const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };

/** Which invocation the lines belong to now; undefined during init. */
let requestId;

function setRequestId(id) {
  requestId = id;
}

/** Replaces the console's methods so that they write Lambda's log lines. */
function install() {
  const asJson = (process.env.AWS_LAMBDA_LOG_FORMAT ?? '').toUpperCase() === 'JSON';
  const threshold = asJson ? (LEVELS[(process.env.AWS_LAMBDA_LOG_LEVEL ?? '').toUpperCase()] ?? LEVELS.TRACE) : 0;
  const line = asJson ? jsonLine : textLine;
  for (const [method, level] of Object.entries(METHODS)) {
    console[method] =
      LEVELS[level] < threshold
        ? () => {}
        : (...args) => {
            output.write(1, line(level, args));
          };
  }
}

/** One record is one line: its own newlines travel as carriage returns. */
function textLine(level, args) {
  const message = util.format(...args).replaceAll('\n', '\r');
  return `${new Date().toISOString()}\t${requestId}\t${level}\t${message}\n`;
}

function jsonLine(level, args) {
  const record = { timestamp: new Date().toISOString(), level, requestId };
  const [first] = args;
  if (args.length === 1 && !isError(first)) {
    try {
      return `${JSON.stringify({ ...record, message: first === undefined ? 'undefined' : first }, errorsAsObjects)}\n`;
    } catch {
      return `${JSON.stringify({ ...record, message: util.format(first) })}\n`;
    }
  }
  const error = args.find(isError);
  const message = args.length === 1 ? undefined : util.format(...args);
  const details = error
    ? { errorType: error.name ?? 'Error', errorMessage: error.message ?? '', stackTrace: String(error.stack ?? '').split('\n').slice(1).map((frame) => frame.trim()) }
    : {};
  return `${JSON.stringify({ ...record, ...(message === undefined ? {} : { message }), ...details })}\n`;
}

function errorsAsObjects(_key, value) {
  if (!isError(value)) return value;
  return { errorType: value.name, errorMessage: value.message, stackTrace: String(value.stack ?? '').split('\n').slice(1).map((frame) => frame.trim()) };
}

module.exports = { install, setRequestId };
