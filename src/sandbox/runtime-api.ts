import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Server as SocketServer, type Socket } from 'node:net';
import type { Logger } from '../ports/logger.ts';
import { RUNTIME_API_PORT, type SandboxNetwork } from '../ports/sandbox-network.ts';
import { ownerOfLoopbackPeer } from './peer-owner.ts';
import type { ApiExchange, Reply } from './api-reply.ts';
import type { ExtensionHost } from './extensions/extension-host.ts';
import { EXTENSION_PREFIX, type FunctionFacts, handleExtensionRequest } from './extensions/extension-requests.ts';
import { type EnvironmentPlace, handleMetadataRequest, METADATA_PATH } from './metadata-requests.ts';
import { RuntimeApiRequestHandler } from './runtime-api-requests.ts';
import type { ApiSession } from './runtime-session.ts';
import type { TelemetryDialect, TelemetrySubscription } from './telemetry/subscription.ts';
import type { TelemetryHub } from './telemetry/telemetry-hub.ts';
import { handleTelemetryRequest, TELEMETRY_PATHS } from './telemetry/telemetry-requests.ts';

/** What stands behind the APIs of one environment. */
export interface EnvironmentApi {
  readonly session: ApiSession;
  readonly extensions: ExtensionHost;
  readonly telemetry: TelemetryHub;
  readonly facts: FunctionFacts;
  readonly place: EnvironmentPlace;
  readonly subscribed: (name: string, subscription: TelemetrySubscription, dialect: TelemetryDialect) => void;
}

/** One environment's door to the HTTP Runtime API and the APIs of its extensions. */
export interface RuntimeApiEndpoint {
  /** `127.0.0.1:port`, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Whose loopback that is; the host's without. */
  readonly network?: SandboxNetwork | undefined;
  /** Serves this process from now on. Connections wait until {@link RuntimeApiEndpoint.admit} tells whose they may be. */
  attach(api: EnvironmentApi): void;
  /** Lets connections of this host uid in, or of anybody when the sandbox has no uid of its own. */
  admit(ownerUid: number | undefined): void;
  close(): void;
}

const CONNECTIONS_PER_ENVIRONMENT_MAX = 64;

/**
 * The HTTP Runtime API `2018-06-01` for all environments of this node: one HTTP server, and for each environment a
 * listening socket of its own on loopback, the host's or its own, which tells whose runtime is calling.
 */
export class RuntimeApi {
  readonly #server: Server;
  readonly #apis = new WeakMap<Socket, EnvironmentApi>();
  readonly #requests = new RuntimeApiRequestHandler();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
    // Runtimes hang in `next` for hours and stay connected between events, so no timeout applies to them.
    this.#server = createServer({ requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: 1_048_576 });
    this.#server.on('request', (request, response) => void this.#handle(request, response));
  }

  /** Opens a port for one environment, in its own network if it has one. Rejects when the host has none left. */
  async open(connectionsMax: number = CONNECTIONS_PER_ENVIRONMENT_MAX, network?: SandboxNetwork): Promise<RuntimeApiEndpoint> {
    const sockets = new Set<Socket>();
    let api: EnvironmentApi | undefined;
    let admitted: { uid: number | undefined } | undefined;
    const serve = (socket: Socket): void => {
      if (!api || !admitted || !(network || this.#belongs(socket, admitted.uid))) {
        socket.destroy();
        return;
      }
      this.#apis.set(socket, api);
      this.#server.emit('connection', socket);
    };
    const opened = (socket: Socket): void => {
      socket.on('error', () => {});
      if (!api || sockets.size >= connectionsMax) {
        socket.destroy();
        return;
      }
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (admitted) serve(socket);
    };
    const dropAll = (): void => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    };
    const listener = network ? undefined : createSocketServer({ noDelay: true }, opened);
    network?.serve('runtimeApi', opened);
    const port = listener ? await listen(listener) : RUNTIME_API_PORT;
    return {
      address: `127.0.0.1:${port}`,
      network,
      attach: (next) => {
        // A restarted runtime must not be confused with what its predecessor still holds open.
        dropAll();
        api = next;
        admitted = undefined;
      },
      admit: (uid) => {
        admitted = { uid };
        for (const socket of sockets) serve(socket);
      },
      close: () => {
        api = undefined;
        dropAll();
        listener?.close();
      },
    };
  }

  #belongs(socket: Socket, ownerUid: number | undefined): boolean {
    if (ownerUid === undefined) return true;
    const owner = ownerOfLoopbackPeer(socket.remotePort ?? 0, socket.localPort ?? 0);
    if (owner === ownerUid) return true;
    this.#logger.warn({ ownerUid, peerUid: owner }, 'refused a connection to a Runtime API that belongs to another environment');
    return false;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const api = this.#apis.get(request.socket);
    if (!api) {
      request.socket.destroy();
      return;
    }
    try {
      await this.#route(api, {
        request,
        reply: (reply) => send(response, reply),
        isOpen: () => !response.writableEnded && !request.socket.destroyed,
      });
    } catch (error) {
      this.#logger.debug({ error: String(error) }, 'a Runtime API request broke off');
      request.socket.destroy();
    }
  }

  #route(api: EnvironmentApi, exchange: ApiExchange): Promise<void> {
    const path = (exchange.request.url ?? '').split('?', 1)[0] ?? '';
    if (path.startsWith(EXTENSION_PREFIX))
      return handleExtensionRequest(api.extensions, api.facts, path.slice(EXTENSION_PREFIX.length), exchange);
    const dialect = TELEMETRY_PATHS.get(path);
    if (dialect) return handleTelemetryRequest(api.extensions, api.telemetry, dialect, exchange, api.subscribed);
    if (path === METADATA_PATH) return Promise.resolve(handleMetadataRequest(api.place, exchange));
    return this.#requests.handle(api.session, exchange.request, exchange.reply, exchange.isOpen);
  }
}

function send(response: ServerResponse, reply: Reply): void {
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(reply.body);
  response.writeHead(reply.status, { 'Content-Type': 'application/json', 'Content-Length': body.length, ...reply.headers });
  response.end(body);
}

function listen(listener: SocketServer): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port));
    listener.unref();
  });
}
