import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../../ports/clock.ts';
import { refusedHost, safeLookup } from './reachable.ts';

/** How long an endpoint may take to answer. Source: SNS developer guide, "Make sure your endpoint is ready". */
const TIMEOUT_MS = 15_000;
/** What is read of an answer before its connection is given up; its text does not matter. */
const ANSWER_BYTES_MAX = 65_536;

/** Sends one message; follows no redirection. Resolves to the status; rejects when no answer came in time. */
export function postMessage(
  clock: Clock,
  { url, headers, body }: { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    if (refusedHost(target.hostname)) return reject(new Error(`nothing is sent to ${target.hostname}`));
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const bytes = Buffer.from(body);
    const request = send(target, {
      method: 'POST',
      agent: false,
      lookup: safeLookup,
      headers: { ...headers, 'Content-Length': bytes.length, Connection: 'close' },
    });
    const timer = clock.setTimeout(() => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
    request.on('close', () => timer.cancel());
    request.on('error', reject);
    request.on('response', (response: IncomingMessage) => {
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > ANSWER_BYTES_MAX) response.destroy();
      });
      response.on('error', () => {});
      resolve(response.statusCode ?? 0);
    });
    request.end(bytes);
  });
}
