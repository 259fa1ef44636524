import type { IncomingMessage } from 'node:http';
import { RESPONSE_PAYLOAD_BYTES_MAX } from '../model/limits.ts';

/** What goes back to a process inside an environment. */
export interface Reply {
  readonly status: number;
  readonly body: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request on its way to its answer. */
export interface ApiExchange {
  readonly request: IncomingMessage;
  /** Called once. */
  reply(reply: Reply): void;
  /** Whether the caller still waits. */
  isOpen(): boolean;
}

/** The answer to what was taken in. */
export const ACCEPTED: Reply = { status: 202, body: '{"status":"OK"}\n' };

/** How much of a too long body is read, so that the client can finish sending and see the answer. */
const DRAINED_BYTES_MAX = 64 * 1_048_576;

/** An error in the form of the APIs inside environments. */
export function errorReply(status: number, type: string, message: string): Reply {
  return { status, body: JSON.stringify({ errorMessage: message, errorType: type }) };
}

/** The answer to a method that a path does not have. */
export function wrongMethod(request: IncomingMessage): Reply {
  return errorReply(405, 'MethodNotAllowed', `${request.method} is not allowed here`);
}

/** Reads a body up to a limit; undefined when it was longer. Rejects when the connection is cut. */
export async function readBounded(
  request: IncomingMessage,
  bytesMax: number = RESPONSE_PAYLOAD_BYTES_MAX,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > DRAINED_BYTES_MAX) throw new Error('body without end');
    if (sizeBytes <= bytesMax) chunks.push(chunk);
  }
  if (sizeBytes > bytesMax) return undefined;
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

/** A header of which there is one. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
