import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Event, FUNCTION_ARN, type Frame, REQUEST_ID } from '../client-process.ts';

const RESPONSE_BYTES_MAX = 6_291_556;

/**
 * The HTTP Runtime API for one official client, told as the frames that a client of ours would have sent: an answer and
 * the request for the next event are one frame, so an answer is held back until it is clear which comes after it.
 */
export class RuntimeApiDoor {
  readonly #server: Server;
  readonly #frames: Frame[] = [];
  #hasEnded = false;
  #arrived: () => void = () => {};
  #waiting: ServerResponse | undefined;
  #event: Event | undefined;
  #answer: Frame | undefined;
  #isFirst = true;

  constructor() {
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      request.on('error', () => {});
      void this.#handle(request, response).catch(() => response.destroy());
    });
  }

  /** Resolves to `127.0.0.1:port`. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next frame; undefined when the client has ended without one. */
  async frame(): Promise<Frame | undefined> {
    while (this.#frames.length === 0 && !this.#hasEnded) await new Promise<void>((resolve) => (this.#arrived = resolve));
    return this.#frames.shift();
  }

  send(event: Event): void {
    this.#event = event;
    this.#deliver();
  }

  /** Whether the client waits for an event now: then it has nothing more to say. */
  isAwaited(): boolean {
    return this.#waiting !== undefined;
  }

  /** The process is gone: an answer without a following request is told as such, and then that nothing more comes. */
  clientEnded(): void {
    const answer = this.#answer;
    this.#answer = undefined;
    if (answer) this.#push({ ...answer, type: answer.type.replace('_NEXT', '') });
    this.#hasEnded = true;
    this.#arrived();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const payload = Buffer.concat(chunks);
    if (request.url?.endsWith('/invocation/next')) {
      this.#waiting = response;
      const answer = this.#answer;
      this.#answer = undefined;
      if (answer) this.#push(answer);
      else if (this.#isFirst) this.#push({ type: 'READY', head: {}, payload: Buffer.alloc(0) });
      this.#isFirst = false;
      return this.#deliver();
    }
    const head = { type: request.headers['lambda-runtime-function-error-type'] };
    if (request.url?.endsWith('/init/error')) this.#push({ type: 'INIT_ERROR', head, payload });
    else if (request.url?.endsWith('/error')) this.#answer = { type: 'ERROR_NEXT', head, payload };
    else if (payload.length > RESPONSE_BYTES_MAX)
      this.#answer = { type: 'TOO_LARGE', head, payload: Buffer.from(String(payload.length)) };
    else this.#answer = { type: 'RESPONSE_NEXT', head, payload };
    response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"OK"}\n');
  }

  #deliver(): void {
    const [event, response] = [this.#event, this.#waiting];
    if (!event || !response) return;
    this.#event = undefined;
    this.#waiting = undefined;
    const head: Record<string, unknown> = { deadlineMs: Date.now() + 3_000, ...event.head };
    const optional = {
      'Lambda-Runtime-Trace-Id': head['trace'],
      'Lambda-Runtime-Client-Context': head['clientContext'],
      'Lambda-Runtime-Cognito-Identity': head['cognito'],
      'Lambda-Runtime-Aws-Tenant-Id': head['tenantId'],
    };
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': REQUEST_ID,
      'Lambda-Runtime-Deadline-Ms': String(head['deadlineMs']),
      'Lambda-Runtime-Invoked-Function-Arn': FUNCTION_ARN,
      ...Object.fromEntries(Object.entries(optional).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    });
    response.end(event.payload);
  }

  #push(frame: Frame): void {
    this.#frames.push(frame);
    this.#arrived();
  }
}
