import { createServer as createHttpServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { HEADER_BYTES_MAX } from '../model/limits.ts';
import type { Clock } from '../ports/clock.ts';
import { createDispatch, type DispatchOptions } from './dispatch.ts';
import type { HttpRequest, HttpResponse } from './service.ts';
import { watchHttp1, watchHttp2 } from './silence.ts';
import { sniffHttpVersion } from './sniff.ts';

export type { LocalHandler } from './dispatch.ts';

/** What the listener is made of. */
export interface ListenerOptions extends DispatchOptions {
  readonly clock: Clock;
  readonly bounds?: Partial<ListenerBounds>;
}

/** How long a client may keep us waiting, and how many there may be. Answers have no time limit: invocations last. */
export interface ListenerBounds {
  /** From the first byte of a request to the end of its headers. Default 30 s. */
  readonly headersTimeoutMs: number;
  /** From the first byte to the end of the body. Default 1 h: 5 GiB over a slow line take long. */
  readonly requestTimeoutMs: number;
  /** Silence of a client that owes the rest of a body or does not read its answer. Default 60 s. */
  readonly silenceMs: number;
  /** A new connection that says nothing. Default 30 s. */
  readonly firstByteTimeoutMs: number;
  /** Between two requests of a connection. Default 75 s. */
  readonly keepAliveMs: number;
  /** Further connections are cut when they are made. Default 20,000. */
  readonly connectionsMax: number;
  /** After so many requests a connection is ended with its answer. Default 1,000,000. */
  readonly requestsPerConnectionMax: number;
}

/** The one port. */
export interface Listener {
  /** Rejects when the port can't be had. Resolves with the port's number. */
  listen(): Promise<number>;
  /** Serves a connection that was made elsewhere, in a network of an environment's own. */
  adopt(socket: Socket): void;
  /** Takes no new connection, lets requests in flight finish for `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>;
}

const DEFAULT_BOUNDS: ListenerBounds = {
  headersTimeoutMs: 30_000,
  requestTimeoutMs: 3_600_000,
  silenceMs: 60_000,
  firstByteTimeoutMs: 30_000,
  keepAliveMs: 75_000,
  connectionsMax: 20_000,
  requestsPerConnectionMax: 1_000_000,
};
/** How often node looks for headers and bodies that are overdue. */
const OVERDUE_CHECK_MS = 5_000;
/** Headers of a request; more are refused with 431. */
const HEADERS_MAX = 1_000;
const STREAMS_PER_SESSION_MAX = 1_000;
/** How often a stop looks for connections that have become idle. */
const IDLE_SWEEP_MS = 50;

/** One port for all services and both HTTP versions, told apart by the first bytes of a connection. */
export function createListener(options: ListenerOptions): Listener {
  const bounds: ListenerBounds = { ...DEFAULT_BOUNDS, ...options.bounds };
  const dispatch = createDispatch(options);
  const http = createHttpServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: bounds.headersTimeoutMs,
    requestTimeout: bounds.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(OVERDUE_CHECK_MS, bounds.headersTimeoutMs),
    keepAliveTimeout: bounds.keepAliveMs,
    noDelay: true,
  });
  http.maxConnections = bounds.connectionsMax;
  http.maxHeadersCount = HEADERS_MAX;
  http.maxRequestsPerSocket = bounds.requestsPerConnectionMax;
  const isWelcome = watchHttp1(http, bounds.silenceMs);
  http.on('request', (request, response) => {
    if (isWelcome(response)) dispatch(request, response);
  });
  const http2 = createHttp2Server({
    maxSessionMemory: 64,
    settings: { maxConcurrentStreams: STREAMS_PER_SESSION_MAX, maxHeaderListSize: HEADER_BYTES_MAX },
  });
  watchHttp2(http2, bounds.silenceMs);
  // The compatibility classes of HTTP/2 have the shape of HTTP/1.1's for everything that services use.
  http2.on('request', (request, response) => dispatch(request as unknown as HttpRequest, response as unknown as HttpResponse));
  const connections = new Connections(http, (socket) => http2.emit('connection', socket), bounds);
  http2.on('session', (session) => connections.addSession(session));
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        http.once('error', reject);
        http.listen(options.port, options.host, () => resolve((http.address() as AddressInfo).port));
      }),
    adopt: (socket) => connections.adopt(socket),
    close: (graceMs) => connections.close(options.clock, graceMs),
  };
}

/** Every connection of the port, from its first byte on. */
class Connections {
  readonly #http: HttpServer;
  readonly #connectionsMax: number;
  readonly #sockets = new Set<Socket>();
  /** Those that the server does not count itself. */
  readonly #adopted = new Set<Socket>();
  #isClosing = false;
  #lastAdoptedGone = (): void => {};
  /** Connections that have not yet said which version they speak. */
  readonly #unsniffed = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  /**
   * Puts itself before the HTTP/1.1 server's own connection listener: only a server that listens itself enforces its
   * timeouts and knows its idle connections.
   */
  constructor(http: HttpServer, serveHttp2: (socket: Socket) => void, bounds: ListenerBounds) {
    this.#http = http;
    this.#connectionsMax = bounds.connectionsMax;
    const serveHttp1 = http.listeners('connection') as ((this: HttpServer, socket: Socket) => void)[];
    http.removeAllListeners('connection');
    http.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      this.#unsniffed.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#unsniffed.delete(socket);
      });
      sniffHttpVersion(socket, bounds.firstByteTimeoutMs, (isHttp2) => {
        this.#unsniffed.delete(socket);
        if (isHttp2) serveHttp2(socket);
        else for (const serve of serveHttp1) serve.call(http, socket);
      });
    });
  }

  adopt(socket: Socket): void {
    if (this.#isClosing || this.#sockets.size >= this.#connectionsMax) {
      socket.destroy();
      return;
    }
    this.#adopted.add(socket);
    socket.once('close', () => {
      this.#adopted.delete(socket);
      if (this.#adopted.size === 0) this.#lastAdoptedGone();
    });
    this.#http.emit('connection', socket);
  }

  addSession(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
  }

  async close(clock: Clock, graceMs: number): Promise<void> {
    this.#http.prependListener('request', (_request, response: ServerResponse) => response.setHeader('Connection', 'close'));
    // Idle connections are cut at once; busy ones end with their answer.
    this.#isClosing = true;
    const closed = Promise.all([
      new Promise<void>((resolve) => this.#http.close(() => resolve())),
      new Promise<void>((resolve) => {
        this.#lastAdoptedGone = resolve;
        if (this.#adopted.size === 0) resolve();
      }),
    ]);
    for (const socket of this.#unsniffed) socket.destroy();
    for (const session of this.#sessions) session.close();
    const sweepLater = (): ReturnType<Clock['setTimeout']> =>
      clock.setTimeout(() => {
        this.#http.closeIdleConnections();
        sweep = sweepLater();
      }, IDLE_SWEEP_MS);
    let sweep = sweepLater();
    const cut = clock.setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, graceMs);
    await closed;
    sweep.cancel();
    cut.cancel();
  }
}
