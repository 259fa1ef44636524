import { isUtf8 } from 'node:buffer';
import { ServiceError } from '../../model/service-error.ts';
import { STORED_ONLY_HEADER } from '../../model/fidelity.ts';
import type { Logger } from '../../ports/logger.ts';
import type { FidelityCheck } from '../fidelity/fidelity-check.ts';
import { BodyTooLarge, BodyTruncated, readBody } from '../read-body.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from '../service.ts';
import { closingHeaders } from '../unread-body.ts';
import { type QueryMembers, readForm } from './form.ts';
import { type QueryStructure, xmlElement } from './xml.ts';

/** One operation, apart from the wire. Its answer is the content of `<XResult>`, or undefined when it has none. */
export type QueryHandler = (input: QueryMembers, context: RequestContext) => Promise<QueryStructure | undefined>;

/** What a query service is made of. */
export interface QueryOptions {
  readonly name: string;
  /** The API's date, for example `2010-05-08`. */
  readonly version: string;
  /** XML namespace of answers and errors. */
  readonly namespace: string;
  /** Every operation of the API, built or not. */
  readonly operations: readonly string[];
  readonly handlers: Readonly<Record<string, QueryHandler>>;
  /** What requests are held against before they are handled. */
  readonly fidelity?: FidelityCheck;
  /** Default 1 MiB. */
  readonly bodyBytesMax?: number;
  readonly logger: Logger;
}

const BODY_BYTES_MAX = 1_048_576;
const PARAMETERS_MAX = 10_000;
/** Parameters that belong to signatures, of version 4 in the query and of older ones, and not to the operation. */
const SIGNATURE_PARAMETERS = /^(X-Amz-|AWSAccessKeyId$|Signature|Timestamp$|Expires$|SecurityToken$)/i;

/** A service that speaks the AWS query protocol: a form or a query comes in, XML goes out. */
export function queryService(options: QueryOptions): Service {
  return {
    name: options.name,
    handle: async (request, response, context) => {
      try {
        const { operation, result, headers } = await answer(options, request, context);
        const content = `${xmlElement(`${operation}Result`, result)}${requestIdElement('ResponseMetadata', context)}`;
        send(response, context, 200, document(`${operation}Response`, options, content), headers);
      } catch (error) {
        sendError(response, options, context, error);
      }
    },
  };
}

interface Answer {
  readonly operation: string;
  readonly result: QueryStructure | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

async function answer(options: QueryOptions, request: HttpRequest, context: RequestContext): Promise<Answer> {
  if (request.method !== 'POST' && request.method !== 'GET')
    throw new ServiceError({ code: 'MethodNotAllowed', status: 405, message: 'The method must be POST or GET.' });
  const { Action: operation, Version: version, ...rest } = await readParameters(options, request, context);
  if (operation === undefined) {
    const message = 'The request is missing an action or a required parameter.';
    throw new ServiceError({ code: 'MissingAction', status: 400, message });
  }
  const isCurrent = version === options.version;
  const handler =
    isCurrent && typeof operation === 'string' && Object.hasOwn(options.handlers, operation)
      ? options.handlers[operation]
      : undefined;
  if (typeof operation !== 'string' || !handler) throw noSuchOperation(options, operation, version);
  const input = Object.fromEntries(Object.entries(rest).filter(([name]) => !SIGNATURE_PARAMETERS.test(name)));
  const storedOnly = options.fidelity?.storedOnly(operation, input) ?? [];
  const result = await handler(input, context);
  options.fidelity?.told(operation, storedOnly);
  return { operation, result, headers: storedOnly.length === 0 ? {} : { [STORED_ONLY_HEADER]: storedOnly.join(', ') } };
}

function noSuchOperation(options: QueryOptions, operation: unknown, version: unknown): ServiceError {
  if (version === options.version && options.operations.includes(String(operation))) {
    const message = `lambkin does not implement ${String(operation)} yet.`;
    return new ServiceError({ code: 'NotImplementedException', status: 501, message });
  }
  const [shownOperation, shownVersion] = [operation, version ?? 'NO_VERSION_SPECIFIED'].map((value) =>
    typeof value === 'string' ? value.slice(0, 128) : '',
  );
  return new ServiceError({
    code: 'InvalidAction',
    status: 400,
    message: `Could not find operation ${shownOperation} for version ${shownVersion}`,
  });
}

/** Parameters of the query and of the body are one set; one that is in both is refused as given twice. */
async function readParameters(options: QueryOptions, request: HttpRequest, context: RequestContext): Promise<QueryMembers> {
  const bytesMax = options.bodyBytesMax ?? BODY_BYTES_MAX;
  const body = await readBody(request, bytesMax).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    const message = `Request must be smaller than ${bytesMax} bytes`;
    throw new ServiceError({ code: 'RequestEntityTooLarge', status: 413, message });
  });
  if (!isUtf8(body)) throw new ServiceError({ code: 'MalformedInput', status: 400, message: 'The body must be UTF-8.' });
  return readForm([context.query, body.toString('utf8')].filter((part) => part !== '').join('&'), PARAMETERS_MAX);
}

function sendError(response: HttpResponse, options: QueryOptions, context: RequestContext, error: unknown): void {
  if (error instanceof BodyTruncated || response.headersSent) {
    response.destroy();
    return;
  }
  if (!(error instanceof ServiceError)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    options.logger.error({ requestId: context.requestId, error: detail }, 'a request failed by our own fault');
  }
  const told =
    error instanceof ServiceError
      ? error
      : new ServiceError({ code: 'ServiceFailure', status: 500, message: 'An internal error occurred.' });
  const fields = {
    Type: told.fault === 'User' ? 'Sender' : 'Receiver',
    Code: told.code,
    Message: told.message,
    ...(told.members as QueryStructure),
  };
  const content = `${xmlElement('Error', fields)}${xmlElement('RequestId', context.requestId)}`;
  send(response, context, told.status, document('ErrorResponse', options, content), closingHeaders(response));
}

function requestIdElement(parent: string, context: RequestContext): string {
  return xmlElement(parent, { RequestId: context.requestId });
}

/** `content` is XML already. */
function document(root: string, options: QueryOptions, content: string): string {
  return `<${root} xmlns="${options.namespace}">${content}</${root}>`;
}

function send(
  response: HttpResponse,
  context: RequestContext,
  status: number,
  xml: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(xml);
  response.writeHead(status, {
    'Content-Type': 'text/xml',
    'Content-Length': body.length,
    'x-amzn-RequestId': context.requestId,
    ...headers,
  });
  response.end(body);
}
