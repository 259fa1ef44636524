import { isUtf8 } from 'node:buffer';

/** What a tag means to whoever reads the value. */
export interface CborReading {
  /** Makes the value of a byte string. */
  readonly bytes: (bytes: Buffer) => unknown;
  /** Makes the value of a number with the tag of times (1). */
  readonly time: (time: number) => unknown;
}

const DEPTH_MAX = 64;
/** Types of data items, the first three bits. */
const [POSITIVE, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG] = [0, 1, 2, 3, 4, 5, 6];
const INDEFINITE = 31;
const BREAK = 0xff;
const TIME_TAG = 1;

/** The bytes are no CBOR that we read. */
export class CborFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CborFault';
  }
}

/**
 * The value of one CBOR data item that takes up all the bytes (RFC 8949): what JSON knows, byte strings and times. Keys of maps
 * are texts. Throws {@link CborFault}.
 */
export function decodeCbor(bytes: Buffer, reading: CborReading): unknown {
  const reader = new Reader(bytes, reading);
  const value = reader.value(0);
  if (!reader.isAtEnd) throw new CborFault('something follows the value');
  return value;
}

class Reader {
  readonly #bytes: Buffer;
  readonly #reading: CborReading;
  #at = 0;

  constructor(bytes: Buffer, reading: CborReading) {
    this.#bytes = bytes;
    this.#reading = reading;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): unknown {
    if (depth > DEPTH_MAX) throw new CborFault('the value is nested too deeply');
    const head = this.#byte();
    const [type, detail] = [head >> 5, head & 31];
    switch (type) {
      case POSITIVE:
        return this.#count(detail);
      case NEGATIVE:
        return -1 - this.#count(detail);
      case BYTES:
        return this.#reading.bytes(this.#string(BYTES, detail));
      case TEXT:
        return this.#text(detail);
      case ARRAY:
        return this.#array(detail, depth);
      case MAP:
        return this.#map(detail, depth);
      case TAG:
        return this.#tagged(this.#count(detail), depth);
      default:
        return this.#simple(detail);
    }
  }

  #tagged(tag: number, depth: number): unknown {
    const value = this.value(depth + 1);
    return tag === TIME_TAG && typeof value === 'number' ? this.#reading.time(value) : value;
  }

  #array(detail: number, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#each(detail, () => items.push(this.value(depth + 1)));
    return items;
  }

  #map(detail: number, depth: number): object {
    const entries: [string, unknown][] = [];
    this.#each(detail, () => {
      const head = this.#byte();
      if (head >> 5 !== TEXT) throw new CborFault('a key is no text');
      const key = this.#text(head & 31);
      entries.push([key, this.value(depth + 1)]);
    });
    return Object.fromEntries(entries);
  }

  /** Reads as many items as are said, or to the break. */
  #each(detail: number, read: () => void): void {
    if (detail !== INDEFINITE) {
      const count = this.#count(detail);
      // Each takes a byte at least, so no count makes us wait for longer than the bytes do.
      if (count > this.#bytes.length - this.#at) throw new CborFault('the bytes end too early');
      for (let index = 0; index < count; index += 1) read();
      return;
    }
    while (!this.#isBreak()) read();
  }

  #text(detail: number): string {
    const bytes = this.#string(TEXT, detail);
    if (!isUtf8(bytes)) throw new CborFault('a text is not UTF-8');
    return bytes.toString('utf8');
  }

  #string(type: number, detail: number): Buffer {
    if (detail !== INDEFINITE) return this.#take(this.#count(detail));
    const pieces: Buffer[] = [];
    while (!this.#isBreak()) {
      const head = this.#byte();
      if (head >> 5 !== type || (head & 31) === INDEFINITE) throw new CborFault('a piece of a string is of another type');
      pieces.push(this.#take(this.#count(head & 31)));
    }
    return Buffer.concat(pieces);
  }

  #simple(detail: number): unknown {
    switch (detail) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return halfFloat(this.#take(2).readUInt16BE());
      case 26:
        return this.#take(4).readFloatBE();
      case 27:
        return this.#take(8).readDoubleBE();
      default:
        throw new CborFault('a value is of a type that is not known');
    }
  }

  #count(detail: number): number {
    if (detail < 24) return detail;
    if (detail === 24) return this.#byte();
    if (detail === 25) return this.#take(2).readUInt16BE();
    if (detail === 26) return this.#take(4).readUInt32BE();
    if (detail === 27) return Number(this.#take(8).readBigUInt64BE());
    throw new CborFault('a length is of a form that is not known');
  }

  #isBreak(): boolean {
    if (this.#bytes[this.#at] !== BREAK) return false;
    this.#at += 1;
    return true;
  }

  #byte(): number {
    return this.#take(1).readUInt8();
  }

  #take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new CborFault('the bytes end too early');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function halfFloat(bits: number): number {
  const [exponent, fraction, sign] = [(bits >> 10) & 31, bits & 1_023, bits >> 15 === 1 ? -1 : 1];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1_024) * 2 ** (exponent - 15);
}
