import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { QuietLogger } from '../adapters/memory/quiet-logger.ts';
import { systemClock } from '../adapters/system/clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { createListener, type Listener, type ListenerOptions } from './listener.ts';
import type { Service } from './service.ts';

/** For tests: a listener on a free port of loopback. */
export interface ListenerFixture {
  readonly listener: Listener;
  readonly port: number;
  readonly logger: QuietLogger;
}

/** For tests: starts a listener and closes it when the test is over. */
export async function startListener(
  t: Pick<TestContext, 'after'>,
  services: readonly Service[],
  options: Partial<ListenerOptions> = {},
): Promise<ListenerFixture> {
  const logger = new QuietLogger();
  const listener = createListener({
    host: '127.0.0.1',
    port: 0,
    defaultRegion: 'eu-west-1',
    defaultAccount: '000000000000',
    services,
    localPaths: {},
    crossSite: { allowedOrigins: [], allowedHosts: [] },
    clock: systemClock(),
    ids: systemIds(),
    logger,
    ...options,
  });
  const port = await listener.listen();
  t.after(() => listener.close(0));
  return { listener, port, logger };
}

/** For tests: a service that tells what the listener found out about a request. */
export function echoService(name: string): Service {
  return {
    name,
    handle: async (request, response, context) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(
        JSON.stringify({
          service: name,
          account: context.account,
          region: context.region,
          path: context.path,
          query: context.query,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    },
  };
}

/** For tests: a bare connection, for bytes that no HTTP client would send. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything received once the server has closed the connection. */
  readonly closed: Promise<string>;
  /** Everything received as soon as it holds `text`. */
  until(text: string): Promise<string>;
}

/** For tests: opens a bare connection and sends `bytes`. */
export function openRaw(port: number, bytes: string | Buffer): RawConnection {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  // A reset is one way for the server to close; what was received by then is what counts.
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  socket.write(bytes);
  const until = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (received.includes(text)) resolve(received);
      };
      socket.on('data', look);
      socket.once('close', () =>
        reject(new Error(`closed before ${JSON.stringify(text)} came; got ${JSON.stringify(received.slice(0, 500))}`)),
      );
      look();
    });
  return { socket, closed, until };
}
