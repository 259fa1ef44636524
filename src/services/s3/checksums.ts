import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { s3Error } from './s3-errors.ts';

/** A running checksum. */
export interface Checksum {
  update(chunk: Buffer): void;
  /** Base64, as it travels. */
  digest(): string;
}

/** Checksums by the name in their header `x-amz-checksum-<name>`. */
const KINDS: Readonly<Record<string, () => Checksum>> = {
  crc32: () => crc(4, (value, chunk) => BigInt(crc32(chunk, Number(value)))),
  crc32c: () => crc(4, (value, chunk) => BigInt(tableCrc32c(chunk, Number(value)))),
  crc64nvme: () => crc(8, tableCrc64),
  sha1: () => hash('sha1'),
  sha256: () => hash('sha256'),
};

/** Header names of checksums that a request may carry. */
export const CHECKSUM_HEADERS: readonly string[] = Object.keys(KINDS).map((name) => `x-amz-checksum-${name}`);

/** A new checksum for a header such as `x-amz-checksum-crc32`. Throws NotImplemented for one we do not know. */
export function newChecksum(header: string): Checksum {
  const name = header.replace('x-amz-checksum-', '');
  const make = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (!make) throw s3Error('NotImplemented', `lambkin does not implement the checksum ${header} yet.`);
  return make();
}

function hash(algorithm: string): Checksum {
  const state = createHash(algorithm);
  return { update: (chunk) => void state.update(chunk), digest: () => state.digest('base64') };
}

function crc(byteCount: number, next: (value: bigint, chunk: Buffer) => bigint): Checksum {
  let value = 0n;
  return {
    update: (chunk) => {
      value = next(value, chunk);
    },
    digest: () => Buffer.from(value.toString(16).padStart(byteCount * 2, '0'), 'hex').toString('base64'),
  };
}

/** CRC-32C (Castagnoli), reflected polynomial of RFC 3720. */
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function tableCrc32c(chunk: Buffer, before: number): number {
  let value = ~before >>> 0;
  for (const byte of chunk) value = (CRC32C_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}

/** CRC-64/NVME, reflected polynomial, as two tables of 32 bit halves: numbers of 64 bits are slow. */
const CRC64_TABLE = Array.from({ length: 256 }, (_, index) => {
  let value = BigInt(index);
  for (let bit = 0; bit < 8; bit += 1) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
  return [Number(value >> 32n) >>> 0, Number(value & 0xffffffffn) >>> 0] as const;
});
const CRC64_HIGH = Uint32Array.from(CRC64_TABLE, ([high]) => high);
const CRC64_LOW = Uint32Array.from(CRC64_TABLE, ([, low]) => low);

function tableCrc64(before: bigint, chunk: Buffer): bigint {
  let high = ~Number(before >> 32n) >>> 0;
  let low = ~Number(before & 0xffffffffn) >>> 0;
  for (const byte of chunk) {
    const index = (low ^ byte) & 0xff;
    low = (((low >>> 8) | (high << 24)) >>> 0) ^ (CRC64_LOW[index] ?? 0);
    high = (high >>> 8) ^ (CRC64_HIGH[index] ?? 0);
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0);
}
