import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. Header names in lower case; of a header that is sent twice, the last. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The server ended a connection before it had answered. */
export class ConnectionLost extends Error {
  constructor() {
    super('the connection ended before the answer was complete');
    this.name = 'ConnectionLost';
  }
}

interface Exchange {
  readonly bytes: Buffer;
  readonly resolve: (answer: RawAnswer) => void;
  readonly reject: (error: Error) => void;
}

const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Sends requests byte for byte as they are given, over a few connections that are kept open: much faster than
 * `node:http`, and without its opinions on what a request may look like.
 */
export class RawConnections {
  readonly #port: number;
  readonly #connectionsMax: number;
  readonly #waiting: Exchange[] = [];
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();

  constructor(port: number, connectionsMax: number) {
    this.#port = port;
    this.#connectionsMax = connectionsMax;
  }

  /** Sends one whole request. Rejects with {@link ConnectionLost}, or with why there is no connection. */
  send(bytes: Buffer): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject });
      this.#next();
    });
  }

  close(): void {
    for (const connection of this.#all) connection.end();
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#idle.pop() ?? this.#open();
      if (!connection) return;
      const exchange = this.#waiting.shift() as Exchange;
      connection.run(exchange);
    }
  }

  #open(): Connection | undefined {
    if (this.#all.size >= this.#connectionsMax) return undefined;
    const connection = new Connection(connect({ port: this.#port, host: '127.0.0.1', noDelay: true }), (isUsable) => {
      if (isUsable) this.#idle.push(connection);
      else {
        this.#all.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at !== -1) this.#idle.splice(at, 1);
      }
      this.#next();
    });
    this.#all.add(connection);
    return connection;
  }
}

/** One connection with at most one request on its way. */
class Connection {
  readonly #socket: Socket;
  readonly #freed: (isUsable: boolean) => void;
  #exchange: Exchange | undefined;
  #received: Buffer[] = [];
  #failure: Error | undefined;

  constructor(socket: Socket, freed: (isUsable: boolean) => void) {
    this.#socket = socket;
    this.#freed = freed;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => (this.#failure = error));
    socket.on('close', () => {
      const exchange = this.#exchange;
      this.#exchange = undefined;
      this.#freed(false);
      const isCut = (this.#failure as NodeJS.ErrnoException | undefined)?.code !== 'ECONNREFUSED';
      exchange?.reject(isCut ? new ConnectionLost() : (this.#failure as Error));
    });
  }

  run(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#socket.write(exchange.bytes);
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    const received = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    this.#received = [received];
    const answer = parse(received);
    if (!answer) return;
    this.#received = [];
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (answer.headers['connection'] === 'close') this.#socket.destroy();
    else this.#freed(true);
    exchange?.resolve(answer);
  }
}

/** A whole answer, or undefined when there is more to come. */
function parse(received: Buffer): RawAnswer | undefined {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(statusLine.slice(9, 12));
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const rest = received.subarray(headEnd + HEAD_END.length);
  const body = status === 204 ? rest : headers['transfer-encoding'] === 'chunked' ? unchunk(rest) : ofLength(rest, headers);
  return body && { status, headers, body };
}

function ofLength(rest: Buffer, headers: Readonly<Record<string, string>>): Buffer | undefined {
  const lengthBytes = Number(headers['content-length'] ?? 0);
  return rest.length >= lengthBytes ? rest.subarray(0, lengthBytes) : undefined;
}

function unchunk(rest: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = rest.indexOf(LINE_END, at);
    if (lineEnd === -1) return undefined;
    const sizeBytes = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + LINE_END.length;
    if (rest.length < start + sizeBytes + LINE_END.length) return undefined;
    if (sizeBytes === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(start, start + sizeBytes));
    at = start + sizeBytes + LINE_END.length;
  }
}
