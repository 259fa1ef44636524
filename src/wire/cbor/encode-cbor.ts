/** A point in time to be written with the tag of times, as the number that it holds. */
export class CborTime {
  readonly time: number;
  constructor(time: number) {
    this.time = time;
  }
}

const TIME_TAG = 0xc1;
const [FALSE, TRUE, NULL, DOUBLE] = [0xf4, 0xf5, 0xf6, 0xfb];
const [POSITIVE, NEGATIVE, BYTES, TEXT, ARRAY, MAP] = [0, 1, 2, 3, 4, 5];

/** A JSON value, in which there may be bytes and {@link CborTime}, as CBOR (RFC 8949). Members that are undefined are left out. */
export function encodeCbor(value: unknown): Buffer {
  const pieces: Uint8Array[] = [];
  write(value, pieces);
  return Buffer.concat(pieces);
}

function write(value: unknown, pieces: Uint8Array[]): void {
  if (value === null || value === undefined) pieces.push(Buffer.of(NULL));
  else if (typeof value === 'boolean') pieces.push(Buffer.of(value ? TRUE : FALSE));
  else if (typeof value === 'number') pieces.push(number(value));
  else if (typeof value === 'string') writeString(TEXT, Buffer.from(value), pieces);
  else if (value instanceof Uint8Array) writeString(BYTES, value, pieces);
  else if (value instanceof CborTime) pieces.push(Buffer.of(TIME_TAG), number(value.time));
  else if (Array.isArray(value)) {
    pieces.push(head(ARRAY, value.length));
    for (const item of value) write(item, pieces);
  } else {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    pieces.push(head(MAP, entries.length));
    for (const [key, item] of entries) {
      writeString(TEXT, Buffer.from(key), pieces);
      write(item, pieces);
    }
  }
}

function writeString(type: number, bytes: Uint8Array, pieces: Uint8Array[]): void {
  pieces.push(head(type, bytes.length), bytes);
}

function number(value: number): Buffer {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value < 0 ? head(NEGATIVE, -1 - value) : head(POSITIVE, value);
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = DOUBLE;
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function head(type: number, count: number): Buffer {
  const first = type << 5;
  if (count < 24) return Buffer.of(first | count);
  if (count < 0x100) return Buffer.of(first | 24, count);
  const bytes = Buffer.allocUnsafe(count < 0x10000 ? 3 : count < 0x100000000 ? 5 : 9);
  if (bytes.length === 3) bytes.writeUInt16BE(count, 1);
  else if (bytes.length === 5) bytes.writeUInt32BE(count, 1);
  else bytes.writeBigUInt64BE(BigInt(count), 1);
  bytes[0] = first | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  return bytes;
}
