import { type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';

/** An answer of the engine that is no success. */
export class EngineError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineError';
    this.status = status;
  }
}

/** What is asked of the engine. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest silence; 0 is no bound, for calls that wait for something. */
  readonly silenceMsMax?: number;
}

const SILENCE_MS_MAX = 60_000;
const ANSWER_BYTES_MAX = 16_777_216;

/** The HTTP API of an engine on a Unix socket. Without a version in the path it is the engine's own. */
export class EngineSocket {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The answer as JSON; undefined when it is empty. Throws {@link EngineError}. */
  async call(asked: EngineRequest): Promise<unknown> {
    const text = await textOf(await this.#send(asked));
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  /** Calls `line` for each line of an answer that comes bit by bit. Throws {@link EngineError}. */
  async lines(asked: EngineRequest, line: (value: Record<string, unknown>) => void): Promise<void> {
    let rest = '';
    for await (const chunk of await this.#send(asked)) {
      const lines = (rest + (chunk as Buffer).toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > ANSWER_BYTES_MAX) throw new Error('the engine sends a line without an end');
      for (const text of lines) if (text.trim() !== '') line(JSON.parse(text) as Record<string, unknown>);
    }
  }

  /** Turns the connection into a plain one, on which the engine then writes. */
  upgrade(asked: EngineRequest): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const sent = this.#request(asked, { Connection: 'Upgrade', Upgrade: 'tcp' });
      sent.on('upgrade', (_response, socket: Duplex, head: Buffer) => {
        socket.unshift(head);
        resolve(socket);
      });
      sent.on('response', (response) => void refused(response).catch(reject));
      sent.on('error', reject);
      sent.end();
    });
  }

  async #send(asked: EngineRequest): Promise<IncomingMessage> {
    const body = asked.body === undefined ? undefined : Buffer.from(JSON.stringify(asked.body));
    const own: Record<string, string> = body
      ? { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }
      : { 'Content-Length': '0' };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = this.#request(asked, own);
      sent.on('response', resolve);
      sent.on('error', reject);
      sent.end(body);
    });
    return (response.statusCode ?? 500) < 400 ? response : refused(response);
  }

  #request({ method, path, query, headers, silenceMsMax = SILENCE_MS_MAX }: EngineRequest, more: Record<string, string>) {
    const search = query ? `?${new URLSearchParams(query).toString()}` : '';
    const sent = request({
      socketPath: this.#path,
      method,
      path: `${path}${search}`,
      headers: { Host: 'engine', ...headers, ...more },
      timeout: silenceMsMax,
      // Calls that wait hold a connection each, for as long as a container runs.
      agent: false,
    });
    sent.on('timeout', () => sent.destroy(new Error(`the engine was silent for ${silenceMsMax / 1_000} seconds`)));
    return sent;
  }
}

async function refused(response: IncomingMessage): Promise<never> {
  const text = await textOf(response);
  let message = text;
  try {
    message = String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    // Not every error is JSON.
  }
  throw new EngineError(response.statusCode ?? 500, message.trim());
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > ANSWER_BYTES_MAX) throw new Error('the engine sends more than it should');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
