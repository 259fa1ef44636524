'use strict';
// Errors as the caller of a function and its log see them.
const { isLegacy } = require('./generation.cjs');

/** Makes an error of the runtime's own, named as Lambda names it. A value instead of a text is made its text. */
function runtimeError(type, message) {
  const error = new Error(message);
  const name = `Runtime.${type}`;
  // The stack begins with the name as an error's own does. 4.x shows the name in the log a second time, as a member.
  Object.defineProperty(error, 'name', { value: name, configurable: true, enumerable: !isLegacy, writable: true });
  error.stack = error.stack.replace(/^Error/, name);
  return error;
}

/** Also errors of another realm and objects that look like one. */
function isError(value) {
  if (value instanceof Error) return true;
  if (typeof value !== 'object' || value === null) return false;
  return [value.name, value.message, value.stack].every((part) => typeof part === 'string' && part !== '');
}

/** The error object that the caller of the function sees. */
function toPayload(error) {
  try {
    if (!isError(error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
    return {
      errorType: clean(error.name),
      errorMessage: clean(error.message),
      trace: clean(error.stack)?.split('\n') ?? [],
    };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

/** The error and the errors it holds with all their own members, for the text log. */
function toLogText(error) {
  try {
    return JSON.stringify(error, withDetails);
  } catch {
    return JSON.stringify(toPayload(error));
  }
}

function withDetails(_key, value) {
  if (!(value instanceof Error)) return value;
  const details = Object.assign({ errorType: value.name, errorMessage: value.message, code: value.code }, value);
  if (typeof value.stack === 'string') details.stack = value.stack.split('\n');
  return details;
}

/** The type for the platform's own log and metrics. */
function headerType(error) {
  try {
    const { errorType } = toPayload(error);
    return /^(Runtime|Function)\.[A-Z][A-Za-z]+$/.test(errorType) ? errorType : 'Unhandled';
  } catch {
    return 'Unhandled';
  }
}

/** The platform's header can't hold the DEL character, so the official client replaces it. */
function clean(text) {
  return typeof text === 'string' ? text.replaceAll('\u007f', '%7F') : undefined;
}

module.exports = { runtimeError, isError, toPayload, toLogText, headerType };
