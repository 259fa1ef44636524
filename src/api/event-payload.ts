import { lambdaError } from '../model/lambda-errors.ts';
import { ASYNC_PAYLOAD_BYTES_MAX, SYNC_PAYLOAD_BYTES_MAX } from '../model/limits.ts';
import { BodyTooLarge, readBody } from '../wire/read-body.ts';
import type { HttpRequest } from '../wire/service.ts';

/**
 * Reads an event within the limit of its kind and makes sure that it is JSON; an empty one counts as `{}`. Throws
 * RequestTooLargeException and InvalidRequestContentException in the words of Lambda.
 */
export async function readEventPayload(request: HttpRequest, isAsynchronous: boolean): Promise<Buffer> {
  const body = await readBody(request, SYNC_PAYLOAD_BYTES_MAX).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    throw lambdaError(
      'RequestTooLargeException',
      `Request must be smaller than ${SYNC_PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation`,
    );
  });
  if (isAsynchronous && body.length > ASYNC_PAYLOAD_BYTES_MAX) {
    throw lambdaError(
      'RequestTooLargeException',
      `${body.length} byte payload is too large for the Event invocation type (limit ${ASYNC_PAYLOAD_BYTES_MAX} bytes)`,
    );
  }
  if (body.length === 0) return body;
  try {
    JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw lambdaError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${error instanceof Error ? error.message : 'not JSON'}`,
    );
  }
  return body;
}
