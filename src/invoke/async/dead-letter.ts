import { ServiceError } from '../../model/service-error.ts';
import type { ExhaustedEvent } from './event-ends.ts';

const MESSAGE_BYTES_MAX = 1_024;
const THROTTLED = 429;
/** What SQS takes in no message: characters that XML 1.0 does not have. */
const UNSENDABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/**
 * What a dead-letter message says besides the event: `ErrorCode` is 200 when the function ran and failed, otherwise the
 * status with which it was not run, and `ErrorMessage` the first kilobyte of the error. Source: Lambda's page on
 * dead-letter queues.
 */
export function deadLetterAttributes(event: ExhaustedEvent): Record<string, string | number> {
  const message = cut(messageOf(event).replaceAll(UNSENDABLE, '\ufffd'));
  return {
    RequestID: event.request.requestId,
    ErrorCode: codeOf(event),
    // SQS knows no empty attributes.
    ...(message === '' ? {} : { ErrorMessage: message }),
  };
}

function codeOf({ lastResult, lastError }: ExhaustedEvent): number {
  if (lastResult) return 200;
  if (lastError === undefined) return THROTTLED;
  return lastError instanceof ServiceError ? lastError.status : 500;
}

function messageOf({ lastResult, lastError, condition }: ExhaustedEvent): string {
  if (lastResult) return errorMessageOf(Buffer.from(lastResult.payload).toString('utf8'));
  if (lastError instanceof ServiceError) return lastError.message;
  // What broke inside of the server is nobody else's business.
  return lastError === undefined ? condition : 'ServiceException';
}

/** The message inside an error as runtimes write it, or the whole of what the function answered. */
function errorMessageOf(payload: string): string {
  try {
    const { errorMessage } = Object(JSON.parse(payload)) as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : payload;
  } catch {
    return payload;
  }
}

/** At most a kilobyte of UTF-8, with no character cut in two. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MESSAGE_BYTES_MAX) return text;
  let end = MESSAGE_BYTES_MAX;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
