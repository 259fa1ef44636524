import { lambdaError } from '../../model/lambda-errors.ts';
import { JSON_REQUEST_BYTES_MAX } from '../../model/limits.ts';
import type { Logger } from '../../ports/logger.ts';
import { BodyTooLarge, readBody } from '../read-body.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from '../service.ts';
import type { OperationShape, ServiceTable } from '../shapes.ts';
import { type ErrorSpelling, sendError } from './error.ts';
import { type Input, parseInput } from './input.ts';
import { renderOutput } from './output.ts';
import { Router } from './router.ts';
import { validateInput } from './validation.ts';
import { searchParams } from '../search-params.ts';

/** What an operation answers; `status` where it is not the table's. */
export interface OperationResult {
  readonly output: object;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation, apart from the wire. Throws {@link ServiceError}s for the caller. */
// oxlint-disable-next-line no-explicit-any -- each handler names its own input; the table has checked it.
export type OperationHandler = (input: any, context: RequestContext) => Promise<OperationResult>;

/** An operation whose bodies are not JSON by the table; it reads and answers by itself. */
export type RawHandler = (
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
  labels: Readonly<Record<string, string>>,
  query: URLSearchParams,
) => Promise<void>;

/** What a restJson service is made of. */
export interface RestJsonOptions {
  readonly name: string;
  readonly table: ServiceTable;
  readonly handlers: Readonly<Record<string, OperationHandler>>;
  readonly rawHandlers?: Readonly<Record<string, RawHandler>>;
  /** Bound of an operation's body; 6 MiB where undefined. */
  readonly bodyBytesMax?: (operation: string) => number | undefined;
  /** Lambda's own where undefined. */
  readonly spell?: ErrorSpelling;
  readonly logger: Logger;
}

/** A service that speaks restJson1: routes, reads, checks, calls the handler and renders what it says. */
export function restJsonService(options: RestJsonOptions): Service {
  const router = new Router(options.table.operations);
  return {
    name: options.name,
    handle: async (request, response, context) => {
      try {
        await answer(options, router, request, response, context);
      } catch (error) {
        sendError(response, context, error, options.logger, options.spell);
      }
    },
  };
}

async function answer(
  options: RestJsonOptions,
  router: Router,
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
): Promise<void> {
  const query = searchParams(context.query);
  const route = router.find(request.method ?? '', context.path, query);
  if (route === 'malformed') throw lambdaError('ValidationException', 'The path holds a malformed escape sequence.');
  if (!route) throw lambdaError('UnknownOperationException', `No operation of ${options.name} has this method and path.`);
  const raw = options.rawHandlers?.[route.operation];
  if (raw) return raw(request, response, context, route.labels, query);
  const operation = options.table.operations[route.operation];
  const handler = options.handlers[route.operation];
  // Read in any case: a client that is still sending would not see the answer.
  const body = await readOperationBody(options, route.operation, request);
  if (!operation || !handler) throw lambdaError('NotImplementedException', `lambkin does not implement ${route.operation} yet.`);
  const input: Input = parseInput(options.table, operation, request, route.labels, query, body);
  validateInput(options.table, operation.input, input);
  const result = await handler(input, context);
  send(response, context, options.table, operation, result);
}

async function readOperationBody(options: RestJsonOptions, operation: string, request: HttpRequest): Promise<Buffer> {
  const bytesMax = options.bodyBytesMax?.(operation) ?? JSON_REQUEST_BYTES_MAX;
  try {
    return await readBody(request, bytesMax);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error;
    throw lambdaError(
      'RequestEntityTooLargeException',
      `Request must be smaller than ${bytesMax} bytes for the ${operation} operation`,
    );
  }
}

function send(
  response: HttpResponse,
  context: RequestContext,
  table: ServiceTable,
  operation: OperationShape,
  result: OperationResult,
): void {
  const status = result.status ?? operation.status;
  if (status === 204) {
    response.writeHead(204, { 'x-amzn-RequestId': context.requestId, ...result.headers });
    response.end();
    return;
  }
  const body = Buffer.from(renderOutput(table, operation, result.output));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'x-amzn-RequestId': context.requestId,
    ...result.headers,
  });
  response.end(body);
}
