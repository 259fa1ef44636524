import { searchParams } from '../../wire/search-params.ts';
import { bodyMembers } from './request-body.ts';

/** What an event is made of. */
export interface EventSource {
  readonly method: string;
  /** As it was received, percent-encoding kept. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
  /** Names and values by turns, in the order and spelling of the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly urlId: string;
  readonly domainName: string;
  readonly remoteAddress: string;
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly requestId: string;
  readonly traceHeader: string;
  readonly timeMs: number;
  /** Owner of the function; undefined for callers that nobody asked who they are. */
  readonly account?: string;
  readonly signer?: { readonly accessKeyId: string; readonly account: string; readonly arn: string; readonly userId: string };
}

/** Headers of one connection, which mean nothing to whoever comes after it (RFC 9110, section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The event of payload format 2.0. Source: Lambda's page on invoking function URLs. */
export function requestEvent(source: EventSource): object {
  const { method, urlId, domainName, requestId, timeMs } = source;
  const received = receivedHeaders(source.rawHeaders);
  const cookies = cookiesOf(received.get('cookie'));
  const contentType = received.get('content-type');
  const headers = toldHeaders(received, source);
  const path = encoded(source.path);
  const query = encoded(source.query);
  const parameters = queryParameters(query);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers,
    ...(parameters ? { queryStringParameters: parameters } : {}),
    requestContext: {
      accountId: source.account ?? 'anonymous',
      apiId: urlId,
      ...authorizerOf(source),
      domainName,
      domainPrefix: urlId,
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: plainAddress(source.remoteAddress),
        userAgent: received.get('user-agent') ?? '',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: logTime(timeMs),
      timeEpoch: timeMs,
    },
    ...bodyMembers(source.body, contentType),
  };
}

function authorizerOf({ signer }: EventSource): object {
  if (!signer) return {};
  const { accessKeyId: accessKey, account: accountId, userId, arn: userArn } = signer;
  const iam = { accessKey, accountId, callerId: userId, cognitoIdentity: null, principalOrgId: '', userArn, userId };
  return { authorizer: { iam } };
}

/** By names in lower case; those that come several times are joined. Of HTTP/2's pseudo-headers one is the host. */
function receivedHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const wireName = (rawHeaders[index] ?? '').toLowerCase();
    const name = wireName === ':authority' ? 'host' : wireName;
    if (name.startsWith(':') || (name === 'host' && values.has(name))) continue;
    const value = rawHeaders[index + 1] ?? '';
    const others = values.get(name);
    if (others) others.push(value);
    else values.set(name, [value]);
  }
  return new Map([...values].map(([name, all]) => [name, all.join(name === 'cookie' ? ';' : ',')]));
}

function toldHeaders(received: ReadonlyMap<string, string>, source: EventSource): Readonly<Record<string, string>> {
  const named = (received.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase());
  const headers = new Map(received);
  for (const name of [...HOP_BY_HOP, ...named, 'cookie']) headers.delete(name);
  if (!headers.has('host')) headers.set('host', source.domainName);
  // Set anew, so that nobody can claim to be somebody else.
  headers.set('x-forwarded-for', plainAddress(source.remoteAddress));
  headers.set('x-forwarded-port', String(source.port));
  headers.set('x-forwarded-proto', source.scheme);
  headers.set('x-amzn-trace-id', source.traceHeader);
  return Object.fromEntries(headers);
}

function cookiesOf(header: string | undefined): string[] {
  if (header === undefined) return [];
  return header
    .split(';')
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== '');
}

/** Bytes beyond ASCII, which HTTP does not allow there, become what they should have been: percent-encoded. */
function encoded(text: string): string {
  return text.replace(
    /[^\x21-\x7e]/g,
    (character) => `%${(character.charCodeAt(0) & 0xff).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function queryParameters(query: string): Readonly<Record<string, string>> | undefined {
  if (query === '') return undefined;
  const values = new Map<string, string[]>();
  for (const [name, value] of searchParams(query)) {
    const others = values.get(name);
    if (others) others.push(value);
    else values.set(name, [value]);
  }
  if (values.size === 0) return undefined;
  return Object.fromEntries([...values].map(([name, all]) => [name, all.join(',')]));
}

/** IPv4 addresses in the form of IPv6 are told as what they are. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** `12/Mar/2020:19:03:58 +0000` */
function logTime(timeMs: number): string {
  const [, year, month, day, time] = /^(\d+)-(\d\d)-(\d\d)T([\d:]+)/.exec(new Date(timeMs).toISOString()) ?? [];
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`;
}
