import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import { type CrossSitePolicy, crossSiteRefusal } from './cross-site.ts';
import { identify } from './identify.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from './service.ts';
import { sendUnknownService } from './unknown-service.ts';
import { closingHeaders } from './unread-body.ts';

/** Answers requests below a path of the server's own, such as `/_lambkin/health`. */
export type LocalHandler = (request: HttpRequest, response: HttpResponse, context: RequestContext) => Promise<void>;

/** What is needed to find who answers a request. */
export interface DispatchOptions {
  readonly host: string;
  readonly port: number;
  readonly defaultRegion: string;
  readonly defaultAccount: string;
  readonly services: readonly Service[];
  /** By path prefix; the longest that fits is taken. */
  readonly localPaths: Readonly<Record<string, LocalHandler>>;
  readonly crossSite: CrossSitePolicy;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** Paths below it are the server's own and never an AWS service's. */
const RESERVED_PATH = '/_lambkin/';

const TRACE_CHARACTERS_MAX = 1_024;

/** Hands each request to whom it is for, and answers it itself when nobody can. The function it gives never throws. */
export function createDispatch(options: DispatchOptions): (request: HttpRequest, response: HttpResponse) => void {
  const services = new Map(options.services.map((service) => [service.name, service]));
  const prefixes = Object.keys(options.localPaths).toSorted((a, b) => b.length - a.length);
  const localHandler = (path: string): LocalHandler => {
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    return (prefix === undefined ? undefined : options.localPaths[prefix]) ?? sendNoSuchPath;
  };
  return (request, response) => {
    // A client that goes away is no fault; without a listener HTTP/2's requests would end the process over it.
    request.on('error', ignore);
    response.on('error', ignore);
    const { service, context } = describe(options, request);
    const found = services.get(service);
    const isOpen = found?.isOpenToOtherSites === true;
    const refusal = isOpen ? undefined : crossSiteRefusal(request.headers, options.crossSite);
    if (refusal !== undefined) return sendRefusal(response, refusal);
    const handle: LocalHandler =
      context.path.startsWith(RESERVED_PATH) && !isOpen
        ? localHandler(context.path)
        : found
          ? (...exchange) => found.handle(...exchange)
          : (...exchange) => sendUnknownService(...exchange, service);
    void answer(options.logger, handle, request, response, context);
  };
}

function ignore(): void {}

async function answer(
  logger: Logger,
  handle: LocalHandler,
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
): Promise<void> {
  try {
    await handle(request, response, context);
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.error({ requestId: context.requestId, error: detail }, 'a request failed by our own fault');
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { 'x-amzn-RequestId': context.requestId, ...closingHeaders(response) }).end();
  }
}

function describe(
  options: DispatchOptions,
  request: HttpRequest,
): { readonly service: string; readonly context: RequestContext } {
  const url = originForm(request.url ?? '/');
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? '' : url.slice(mark + 1);
  const identity = identify({ headers: request.headers, path, query });
  const trace = request.headers['x-amzn-trace-id'];
  const host = request.headers.host ?? (request.headers[':authority'] as string | undefined) ?? `${options.host}:${options.port}`;
  return {
    service: identity.service,
    context: {
      requestId: options.ids.uuid(),
      account: identity.account ?? options.defaultAccount,
      region: identity.region ?? options.defaultRegion,
      path,
      query,
      presigned: identity.presigned,
      origin: `http://${host}`,
      remoteAddress: request.socket.remoteAddress ?? '',
      ...(identity.accessKeyId ? { accessKeyId: identity.accessKeyId } : {}),
      ...(typeof trace === 'string' && trace.length <= TRACE_CHARACTERS_MAX ? { traceHeader: trace } : {}),
    },
  };
}

/** Proxies send whole URLs, which every server has to take (RFC 9112, section 3.2.2). */
function originForm(url: string): string {
  if (url.startsWith('/') || !/^https?:\/\//i.test(url)) return url;
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return start === -1 ? '/' : url.slice(start);
}

async function sendNoSuchPath(_request: HttpRequest, response: HttpResponse, context: RequestContext): Promise<void> {
  sendJson(response, 404, { message: 'The server has no such path.' }, { 'x-amzn-RequestId': context.requestId });
}

function sendRefusal(response: HttpResponse, reason: string): void {
  const message = `The request is refused: ${reason}. See SECURITY.md on browsers.`;
  sendJson(response, 403, { message }, { 'x-amzn-ErrorType': 'AccessDeniedException' });
}

function sendJson(response: HttpResponse, status: number, value: object, headers: Readonly<Record<string, string>>): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    ...headers,
    ...closingHeaders(response),
  });
  response.end(body);
}
