'use strict';

/** Makes an error of the runtime's own, named as Lambda names it. */
function runtimeError(type, message) {
  const error = new Error(message);
  error.name = `Runtime.${type}`;
  return error;
}

function isError(value) {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** The error object that the caller of the function sees. */
function toPayload(error) {
  try {
    if (isError(error)) {
      return {
        errorType: clean(error.name ?? 'Error'),
        errorMessage: clean(error.message ?? ''),
        trace: clean(String(error.stack ?? '')).split('\n'),
        ...(error.reason && error.name === 'Runtime.UnhandledPromiseRejection' ? { reason: toPayload(error.reason), promise: {} } : {}),
      };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    return { errorType: 'handled', errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack', trace: [] };
  }
}

/** The same for the log, with the error's own further members. */
function toLog(error) {
  if (!isError(error)) return JSON.stringify(toPayload(error));
  try {
    return JSON.stringify({
      errorType: error.name ?? 'Error',
      errorMessage: error.message ?? '',
      ...error,
      name: undefined,
      stack: String(error.stack ?? '').split('\n'),
    });
  } catch {
    return JSON.stringify(toPayload(error));
  }
}

/** The type for the platform's own log and metrics. */
function headerType(error) {
  const name = isError(error) ? String(error.name) : '';
  return /^(Runtime|Function)\.[A-Z]\w+$/.test(name) ? name : 'Unhandled';
}

/** DEL characters break the log's framing. */
function clean(text) {
  return String(text).replaceAll('\u007f', '%7F');
}

module.exports = { runtimeError, isError, toPayload, toLog, headerType };
