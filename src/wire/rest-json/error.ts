import { lambdaError } from '../../model/lambda-errors.ts';
import { ServiceError } from '../../model/service-error.ts';
import type { Logger } from '../../ports/logger.ts';
import { BodyTruncated } from '../read-body.ts';
import type { HttpResponse, RequestContext } from '../service.ts';
import { closingHeaders } from '../unread-body.ts';

/** How a service spells errors that are not its own, such as those of the wire. */
export type ErrorSpelling = (error: ServiceError) => ServiceError;

/** Answers with an error in the form of restJson. What is no {@link ServiceError} is our fault: logged, and told neutrally. */
export function sendError(
  response: HttpResponse,
  context: RequestContext,
  error: unknown,
  logger: Logger,
  spell: ErrorSpelling = (same) => same,
): void {
  if (error instanceof BodyTruncated || response.headersSent) {
    response.destroy();
    return;
  }
  const told = spell(error instanceof ServiceError ? error : internal(error, context, logger));
  const message = told.message === '' ? null : told.message;
  const body = Buffer.from(
    JSON.stringify({ ...told.members, ...(told.typeMember ? { Type: told.fault } : {}), [told.messageMember]: message }),
  );
  response.writeHead(told.status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'x-amzn-RequestId': context.requestId,
    'x-amzn-ErrorType': told.code,
    ...closingHeaders(response),
    ...told.headers,
  });
  response.end(body);
}

function internal(error: unknown, context: RequestContext, logger: Logger): ServiceError {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  logger.error({ requestId: context.requestId, error: detail }, 'a request failed by our own fault');
  return lambdaError('ServiceException', 'An internal error occurred.');
}
