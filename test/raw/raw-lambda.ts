import { LAMBDA } from '../../src/wire/generated/lambda.ts';
import { type RawAnswer, RawConnections } from './raw-connection.ts';

/** An operation's input or output, by the names of the service model. */
export type Members = Readonly<Record<string, unknown>>;

/** A request, ready to be put on the wire. */
export interface RawRequest {
  readonly method: string;
  /** With the query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What an operation answered. */
export interface LambdaAnswer extends RawAnswer {
  readonly json: Members;
  /** Undefined for success. */
  readonly error?: { readonly code: string; readonly message: string | null; readonly type: string | undefined };
}

/** Calls operations in the name of an account, without the official client's checks and weight. */
export class RawLambda {
  readonly account: string;
  readonly #connections: RawConnections;
  readonly #authorization: string;

  constructor(connections: RawConnections, account: string, region = 'us-east-1') {
    this.account = account;
    this.#connections = connections;
    this.#authorization = authorization(account, region);
  }

  /** Calls an operation. Rejects only when there is no answer. */
  async call(operation: string, input: Members): Promise<LambdaAnswer> {
    return this.send(requestOf(operation, input));
  }

  /** Sends a request as it is. */
  async send(request: RawRequest): Promise<LambdaAnswer> {
    const answer = await this.#connections.send(bytesOf(request, this.#authorization));
    const json = parse(answer.body);
    if (answer.status < 300) return { ...answer, json };
    const { Type, message, Message } = json as { Type?: string; message?: string | null; Message?: string | null };
    const code = answer.headers['x-amzn-errortype'] ?? '';
    return { ...answer, json, error: { code, message: message ?? Message ?? null, type: Type } };
  }
}

/** Credentials of an account; nobody checks the signature. */
export function authorization(account: string, region = 'us-east-1'): string {
  return `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/lambda/aws4_request, SignedHeaders=host, Signature=0`;
}

/** Takes an input to the places that the service model has for its members; in headers, what none can hold becomes `?`. */
export function requestOf(operation: string, input: Members): RawRequest {
  const { method, path, input: members } = LAMBDA.operations[operation] ?? {};
  if (method === undefined || path === undefined || members === undefined) throw new Error(`there is no operation ${operation}`);
  let target = path;
  const query: string[] = [];
  const headers: Record<string, string> = {};
  const json: Record<string, unknown> = {};
  let body: Buffer | undefined;
  for (const [name, value] of Object.entries(input)) {
    const member = members[name];
    const as = member?.as ?? name;
    if (value === undefined) continue;
    if (member?.in === 'label') target = target.replace(new RegExp(`\\{${name}\\+?\\}`), encodeURIComponent(textOf(value)));
    else if (member?.in === 'query') for (const item of [value].flat()) query.push(`${as}=${encodeURIComponent(textOf(item))}`);
    else if (member?.in === 'header') headers[as] = textOf(value).replaceAll(/[^ -~]/g, '?');
    else if (member?.in === 'payload') body = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
    else json[as] = value;
  }
  if (query.length > 0) target += `${target.includes('?') ? '&' : '?'}${query.join('&')}`;
  const inBody = Object.values(members).some((member) => member.in === undefined);
  return { method, target, headers, body: body ?? (inBody ? Buffer.from(JSON.stringify(json, wireValue)) : Buffer.alloc(0)) };
}

/** A request as its bytes. */
export function bytesOf({ method, target, headers, body }: RawRequest, credentials: string): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const isChunked = Object.keys(headers).some((name) => name.toLowerCase() === 'transfer-encoding');
  const length = isChunked ? '' : `Content-Length: ${body.length}\r\n`;
  const head = `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${credentials}\r\n${length}${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

function textOf(value: unknown): string {
  return (typeof value === 'object' ? JSON.stringify(value) : String(value)).toWellFormed();
}

/** Buffers travel as Base64; `JSON.stringify` has already made an object of them when it asks. */
function wireValue(_name: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data).toString('base64') : value;
}

function parse(body: Buffer): Members {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Members) : {};
  } catch {
    return {};
  }
}
