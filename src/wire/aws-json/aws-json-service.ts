import { ServiceError } from '../../model/service-error.ts';
import { STORED_ONLY_HEADER } from '../../model/fidelity.ts';
import type { Logger } from '../../ports/logger.ts';
import type { FidelityCheck } from '../fidelity/fidelity-check.ts';
import { BodyTooLarge, BodyTruncated, readBody } from '../read-body.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from '../service.ts';
import { closingHeaders } from '../unread-body.ts';
import { type BodyForm, jsonForm } from './body-form.ts';
import { answerWithEvents, type AwsJsonStreamHandler } from './event-sink.ts';

/** One operation, apart from the wire. */
export type AwsJsonHandler = (
  input: Readonly<Record<string, unknown>>,
  context: RequestContext,
) => Promise<{ readonly output: object }>;

/** What an awsJson service is made of. */
export interface AwsJsonOptions {
  readonly name: string;
  /** For example `Logs_20140328.`. */
  readonly targetPrefix: string;
  /** Every operation of the API, built or not. */
  readonly operations: readonly string[];
  readonly handlers: Readonly<Record<string, AwsJsonHandler>>;
  /** Operations that answer with events. */
  readonly streams?: Readonly<Record<string, AwsJsonStreamHandler>>;
  /** Other forms of bodies besides JSON, that a request's content type asks for and that its answer has too. */
  readonly otherForms?: readonly BodyForm[];
  /** What requests are held against before they are handled. */
  readonly fidelity?: FidelityCheck;
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1';
  /** 6 MiB where undefined. */
  readonly bodyBytesMax?: number;
  readonly logger: Logger;
}

const USUAL_BODY_BYTES_MAX = 6_291_456;

/** A service that speaks awsJson: the operation is in `X-Amz-Target`, the input is the body. */
export function awsJsonService(options: AwsJsonOptions): Service {
  const json = jsonForm(options.contentType);
  return {
    name: options.name,
    handle: async (request, response, context) => {
      const form = options.otherForms?.find(({ contentType }) => isOf(contentType, request)) ?? json;
      try {
        const answered = await answer(options, request, response, context, form);
        if (answered) send(response, form, context, 200, answered.output, answered.headers);
      } catch (error) {
        sendError(response, options, form, context, error);
      }
    },
  };
}

function isOf(contentType: string, { headers }: HttpRequest): boolean {
  return headers['content-type']?.startsWith(contentType) ?? false;
}

/** Undefined where the operation has answered with events. */
async function answer(
  options: AwsJsonOptions,
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
  form: BodyForm,
): Promise<{ readonly output: object; readonly headers: Readonly<Record<string, string>> } | undefined> {
  const target = request.headers['x-amz-target'];
  const operation =
    typeof target === 'string' && target.startsWith(options.targetPrefix) ? target.slice(options.targetPrefix.length) : '';
  const handler = Object.hasOwn(options.handlers, operation) ? options.handlers[operation] : undefined;
  const stream = options.streams && Object.hasOwn(options.streams, operation) ? options.streams[operation] : undefined;
  if (!handler && !stream) {
    throw options.operations.includes(operation)
      ? new ServiceError({
          code: 'NotImplementedException',
          status: 501,
          message: `lambkin does not implement ${operation} yet.`,
        })
      : new ServiceError({ code: 'UnknownOperationException', status: 400, message: '' });
  }
  const input = await readInput(request, options.bodyBytesMax ?? USUAL_BODY_BYTES_MAX, form);
  const storedOnly = options.fidelity?.storedOnly(operation, input) ?? [];
  if (!handler) {
    if (stream) await answerWithEvents(stream, input, context, response, form);
    return undefined;
  }
  const { output } = await handler(input, context);
  if (storedOnly.length === 0) return { output, headers: {} };
  options.fidelity?.told(operation, storedOnly);
  return { output, headers: { [STORED_ONLY_HEADER]: storedOnly.join(', ') } };
}

async function readInput(request: HttpRequest, bodyBytesMax: number, form: BodyForm): Promise<Record<string, unknown>> {
  const body = await readBody(request, bodyBytesMax).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    throw new ServiceError({
      code: 'RequestEntityTooLargeException',
      status: 413,
      message: `Request must be smaller than ${bodyBytesMax} bytes`,
    });
  });
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = form.parse(body);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ServiceError({ code: 'SerializationException', status: 400, message: 'The request body must be a JSON object.' });
}

function sendError(
  response: HttpResponse,
  options: AwsJsonOptions,
  form: BodyForm,
  context: RequestContext,
  error: unknown,
): void {
  if (error instanceof BodyTruncated || response.headersSent) {
    response.destroy();
    return;
  }
  if (!(error instanceof ServiceError)) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    options.logger.error({ requestId: context.requestId, error: detail }, 'a request failed by our own fault');
    send(
      response,
      form,
      context,
      500,
      { __type: 'ServiceUnavailableException', message: 'An internal error occurred.' },
      { 'x-amzn-ErrorType': 'ServiceUnavailableException' },
    );
    return;
  }
  const body = { __type: error.code, ...error.members, ...(error.message === '' ? {} : { message: error.message }) };
  const headers = { 'x-amzn-ErrorType': error.code, ...error.headers, ...closingHeaders(response) };
  send(response, form, context, error.status, body, headers);
}

function send(
  response: HttpResponse,
  form: BodyForm,
  context: RequestContext,
  status: number,
  output: object,
  headers: Readonly<Record<string, string>>,
): void {
  const body = form.write(output);
  response.writeHead(status, {
    'Content-Type': form.contentType,
    'Content-Length': body.length,
    'x-amzn-RequestId': context.requestId,
    ...headers,
  });
  response.end(body);
}
