import type { ServiceError } from '../../model/service-error.ts';
import type { HttpAnswer } from './http-answer.ts';

const JSON_TYPE = 'application/json';
const FORBIDDEN_TEXT =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

/** The policy does not let the caller in, or a signature is missing. As recorded from AWS. */
export const FORBIDDEN = refusal(403, 'AccessDeniedException', { Message: FORBIDDEN_TEXT });
/** No URL has this id, or not any more. As recorded from AWS. */
export const NO_URL = refusal(403, 'AccessDeniedException', { Message: null });
/** Two hosts, of which a proxy may have meant the other one (RFC 9112, section 3.2). */
export const TWO_HOSTS = refusal(400, 'BadRequestException', { Message: 'The request names more than one host.' });
/** The client took too long over its body. AWS's own words for it are not known. */
export const BODY_OVERDUE = refusal(408, 'RequestTimeoutException', { Message: 'The request body took too long.' });
/** The function failed, was not ready, or gave what is no response. As recorded from AWS, in plain text. */
export const BAD_GATEWAY: HttpAnswer = {
  status: 502,
  headers: new Map([['content-type', JSON_TYPE]]),
  cookies: [],
  body: Buffer.from('Internal Server Error'),
};

/**
 * The answer to an invocation that did not come about: throttles and oversize in the words of Lambda, a function that is gone
 * like a URL that is gone. What else a caller of the API would be told is none of the business of a URL's caller.
 */
export function refusalOf(error: ServiceError): HttpAnswer {
  if (error.code === 'ResourceNotFoundException') return NO_URL;
  if (error.status < 500 && error.status !== 429 && error.status !== 413) return BAD_GATEWAY;
  const body = { ...error.members, Type: error.fault, [error.messageMember]: error.message };
  return refusal(error.status, error.code, body, error.headers);
}

function refusal(status: number, code: string, body: object, more: Readonly<Record<string, string>> = {}): HttpAnswer {
  const headers = new Map([['content-type', JSON_TYPE], ['x-amzn-errortype', code], ...Object.entries(more)]);
  return { status, headers, cookies: [], body: Buffer.from(JSON.stringify(body)) };
}
