import { type HttpAnswer, isRecord, readHead } from './http-answer.ts';

const JSON_TYPE = 'application/json';
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * What a client is answered for what a function gave. An object with `statusCode` is a response, any other JSON is the body of
 * a 200, a text without its quotes. Undefined when it is neither, which is answered with 502. Source: Lambda's page on
 * invoking function URLs, and answers recorded from it.
 */
export function bufferedAnswer(payload: Uint8Array): HttpAnswer | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (isRecord(value) && Object.hasOwn(value, 'statusCode')) return structured(value);
  const body = typeof value === 'string' ? Buffer.from(value) : compact(bytes);
  return { status: 200, headers: new Map([['content-type', JSON_TYPE]]), cookies: [], body };
}

function structured(value: Readonly<Record<string, unknown>>): HttpAnswer | undefined {
  const head = readHead(value, JSON_TYPE);
  const body = bodyOf(value['body'] ?? '', value['isBase64Encoded'] ?? false);
  return head && body && { ...head, body };
}

function bodyOf(body: unknown, isBase64: unknown): Buffer | undefined {
  if (typeof body !== 'string' || typeof isBase64 !== 'boolean') return undefined;
  if (!isBase64) return Buffer.from(body);
  return BASE64.test(body) ? Buffer.from(body, 'base64') : undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** JSON without the spaces between its parts. Parsing and writing it anew would change large numbers and the order of keys. */
function compact(json: Buffer): Buffer {
  const out = Buffer.allocUnsafe(json.length);
  let size = 0;
  let isText = false;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index] ?? 0;
    if (!isText && byte <= 0x20) continue;
    out[size++] = byte;
    if (byte === QUOTE) isText = !isText;
    else if (isText && byte === BACKSLASH) out[size++] = json[(index += 1)] ?? 0;
  }
  return out.subarray(0, size);
}
