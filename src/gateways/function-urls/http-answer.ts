import { validateHeaderName, validateHeaderValue } from 'node:http';

/** What a client is to be answered, before the headers that are ours. */
export interface AnswerHead {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly cookies: readonly string[];
}

/** A head with the whole body. */
export interface HttpAnswer extends AnswerHead {
  readonly body: Buffer;
}

/** Headers that the door itself is answerable for: the function's own are told under another name, as AWS does. */
const REMAPPED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'server',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  'x-amzn-requestid',
  'x-amzn-trace-id',
]);
/** What would only speak of a connection that the function has not. */
const DROPPED: ReadonlySet<string> = new Set(['keep-alive', 'proxy-connection', 'te', 'trailer']);

/**
 * Reads `statusCode`, `headers` and `cookies` of a structured response or of a stream's prelude. Undefined when one of them is
 * not of its form: statuses are 200 to 599, as numbers or in digits (1xx can end no exchange), values of headers are texts,
 * numbers or booleans. Source: Lambda's page on invoking function URLs, and answers recorded from it.
 */
export function readHead(value: Readonly<Record<string, unknown>>, contentType: string): AnswerHead | undefined {
  const status = statusOf(value['statusCode']);
  const headers = headersOf(value['headers'] ?? {});
  const cookies = cookiesOf(value['cookies'] ?? []);
  if (status === undefined || !headers || !cookies) return undefined;
  if (!headers.has('content-type')) headers.set('content-type', contentType);
  return { status, headers, cookies };
}

function statusOf(value: unknown): number | undefined {
  const isDigits = typeof value === 'string' && /^\d{3}$/.test(value);
  const status = isDigits ? Number(value) : value;
  if (typeof status !== 'number' || !Number.isInteger(status)) return undefined;
  return status >= 200 && status <= 599 ? status : undefined;
}

function headersOf(value: unknown): Map<string, string> | undefined {
  if (!isRecord(value)) return undefined;
  const headers = new Map<string, string>();
  for (const [name, one] of Object.entries(value)) {
    if (typeof one !== 'string' && typeof one !== 'number' && typeof one !== 'boolean') return undefined;
    if (!isHeader(name, String(one))) return undefined;
    const told = name.toLowerCase();
    if (!DROPPED.has(told)) headers.set(REMAPPED.has(told) ? `x-amzn-remapped-${told}` : told, String(one));
  }
  return headers;
}

function cookiesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((cookie) => typeof cookie === 'string' && isHeader('set-cookie', cookie)) ? value : undefined;
}

/** Line ends in a value would be headers of the attacker's choice. */
function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

/** True for an object of JSON that is no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
