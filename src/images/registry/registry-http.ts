import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Longest wait for a connection, or for the next byte. */
const SILENCE_MS_MAX = 30_000;
const REDIRECTS_MAX = 5;

/** What a registry is asked with. */
export interface RegistryRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Whether what is said to a host may be read by others on the way. */
  readonly allowsPlain: (url: URL) => boolean;
}

/**
 * Sends a GET and follows redirects; the body is the caller's to read or destroy. Credentials are not sent to another
 * host, and plain HTTP only where it is allowed. Rejects when the registry can't be reached, or asks for more than that.
 */
export async function get(asked: RegistryRequest): Promise<IncomingMessage> {
  let { url } = asked;
  for (let redirects = 0; ; redirects += 1) {
    const headers =
      url.host === asked.url.host && url.protocol === asked.url.protocol ? asked.headers : withoutSecrets(asked.headers);
    const response = await send(url, headers, asked);
    const location = isRedirect(response.statusCode) ? response.headers.location : undefined;
    if (location === undefined) return response;
    response.destroy();
    if (redirects === REDIRECTS_MAX) throw new Error(`${asked.url.host} redirects more than ${REDIRECTS_MAX} times`);
    url = new URL(location, url);
  }
}

function send(url: URL, headers: Readonly<Record<string, string>>, asked: RegistryRequest): Promise<IncomingMessage> {
  if (url.protocol !== 'https:' && (url.protocol !== 'http:' || !asked.allowsPlain(url))) {
    throw new Error(
      `${url.host} would be asked by plain ${url.protocol.replace(':', '').toUpperCase()}, which the setting images.insecureRegistries has to allow`,
    );
  }
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = request(url, { headers, signal: asked.signal, timeout: SILENCE_MS_MAX }, resolve);
    sent.on('timeout', () => sent.destroy(new Error(`${url.host} was silent for ${SILENCE_MS_MAX / 1_000} seconds`)));
    sent.on('error', reject);
    sent.end();
  });
}

function isRedirect(status: number | undefined): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { Authorization: _secret, ...rest } = headers;
  return rest;
}
