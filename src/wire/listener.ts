import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import { HEADER_BYTES_MAX } from '../model/limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Logger } from '../ports/logger.ts';
import { type CrossSitePolicy, crossSiteRefusal } from './cross-site.ts';
import { identify } from './identify.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from './service.ts';
import { sendUnknownService } from './unknown-service.ts';

/** Answers requests below a path of the server's own, such as `/_lambkin/health`. */
export type LocalHandler = (request: HttpRequest, response: HttpResponse, context: RequestContext) => Promise<void>;

/** What the listener is made of. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly defaultRegion: string;
  readonly defaultAccount: string;
  readonly services: readonly Service[];
  /** By path prefix; the longest that fits is taken. */
  readonly localPaths: Readonly<Record<string, LocalHandler>>;
  readonly crossSite: CrossSitePolicy;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** The one port. */
export interface Listener {
  /** Rejects when the port can't be had. Resolves with the port's number. */
  listen(): Promise<number>;
  /** Takes no new connection, lets requests in flight finish for `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

/** From the first byte to the end of the headers. */
const HEADERS_TIMEOUT_MS = 30_000;
/** From the first byte to the end of the body; a 5 GiB upload over a slow line takes long, silence does not last. */
const REQUEST_TIMEOUT_MS = 3_600_000;
/** Between two requests of a connection. */
const KEEP_ALIVE_MS = 75_000;
/** A connection that says nothing at all. */
const FIRST_BYTE_TIMEOUT_MS = 30_000;
const CONNECTIONS_MAX = 20_000;
const STREAMS_PER_SESSION_MAX = 1_000;

/** First bytes of an HTTP/2 connection with prior knowledge (RFC 9113, section 3.4). */
const HTTP2_PREFACE = Buffer.from('PRI');

/** One port for all services and both HTTP versions, told apart by the first bytes of a connection. */
export function createListener(options: ListenerOptions): Listener {
  const dispatch = dispatcher(options);
  const http = createHttpServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  });
  const http2 = createHttp2Server({ maxSessionMemory: 64, settings: { maxConcurrentStreams: STREAMS_PER_SESSION_MAX, maxHeaderListSize: HEADER_BYTES_MAX } });
  http.on('request', dispatch);
  // The compatibility classes of HTTP/2 have the shape of HTTP/1.1's for everything that services use.
  http2.on('request', (request, response) => dispatch(request as unknown as IncomingMessage, response as unknown as ServerResponse));
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const server = createSocketServer({ noDelay: true, pauseOnConnect: false }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    sniff(socket, (isHttp2) => (isHttp2 ? http2 : http).emit('connection', socket));
  });
  server.maxConnections = CONNECTIONS_MAX;
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => resolve((server.address() as AddressInfo).port));
      }),
    close: (graceMs) => closeAll(server, http, sockets, sessions, options.clock, graceMs),
  };
}

function sniff(socket: Socket, hand: (isHttp2: boolean) => void): void {
  const ignore = (): void => {};
  socket.on('error', ignore);
  socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy());
  socket.once('readable', () => {
    const first = socket.read() as Buffer | null;
    if (!first) return;
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.off('error', ignore);
    socket.unshift(first);
    hand(first.subarray(0, 3).equals(HTTP2_PREFACE.subarray(0, first.length)));
  });
}

function dispatcher(options: ListenerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const services = new Map(options.services.map((service) => [service.name, service]));
  const prefixes = Object.keys(options.localPaths).toSorted((a, b) => b.length - a.length);
  return (request, response) => {
    response.on('error', () => {});
    const refusal = crossSiteRefusal(request.headers, options.crossSite);
    if (refusal !== undefined) return refuse(response, refusal);
    const { service, context } = describe(options, request);
    const prefix = context.path.startsWith('/_lambkin/') ? prefixes.find((candidate) => context.path.startsWith(candidate)) : undefined;
    const handler = prefix === undefined ? undefined : options.localPaths[prefix];
    const found = services.get(service);
    const answered = handler ? handler(request, response, context) : found ? found.handle(request, response, context) : sendUnknownService(response, context, service);
    answered.catch((error: unknown) => {
      options.logger.error({ requestId: context.requestId, service, error: error instanceof Error ? error.stack : String(error) }, 'a request failed by our own fault');
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'x-amzn-RequestId': context.requestId }).end();
    });
  };
}

function describe(options: ListenerOptions, request: IncomingMessage): { service: string; context: RequestContext } {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? '' : url.slice(mark + 1);
  const identity = identify({ headers: request.headers, path, query });
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
    },
  };
}

function refuse(response: ServerResponse, reason: string): void {
  const body = JSON.stringify({ message: `The request is refused: ${reason}. See SECURITY.md on browsers.` });
  response.writeHead(403, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': 'AccessDeniedException' });
  response.end(body);
}

async function closeAll(
  server: ReturnType<typeof createSocketServer>,
  http: ReturnType<typeof createHttpServer>,
  sockets: ReadonlySet<Socket>,
  sessions: ReadonlySet<ServerHttp2Session>,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Idle connections are cut at once; busy ones end with their answer.
  http.closeIdleConnections();
  http.prependListener('request', (_request, response: ServerResponse) => response.setHeader('Connection', 'close'));
  for (const session of sessions) session.close();
  const sweep = (): void => http.closeIdleConnections();
  let timer = clock.setTimeout(function again() {
    sweep();
    timer = clock.setTimeout(again, 50);
  }, 50);
  const cut = clock.setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  timer.cancel();
  cut.cancel();
}
