import { createHash } from 'node:crypto';

/** The smallest and the largest hash key: numbers of 128 bits, as 32 hex digits, whose order as texts is theirs. */
export const HASH_MIN = '0'.repeat(32);
/** See {@link HASH_MIN}. */
export const HASH_MAX = 'f'.repeat(32);

const HASHES = 1n << 128n;

/** A range of hash keys, both ends inclusive, as 32 hex digits each. */
export interface HashRange {
  readonly from: string;
  readonly to: string;
}

/** The hash key of a partition key. Source: MD5 of its UTF-8 bytes, PutRecord in the Kinesis API reference. */
export function hashOf(partitionKey: string): string {
  return createHash('md5').update(partitionKey, 'utf8').digest('hex');
}

/** A hash key of decimal digits as it is compared; undefined when it has more than 128 bits. */
export function hexOf(decimal: string): string | undefined {
  const value = BigInt(decimal);
  return value < HASHES ? value.toString(16).padStart(32, '0') : undefined;
}

/** A hash key as the API shows it. */
export function decimalOf(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}

/** The hash key before this one. */
export function before(hex: string): string {
  return (BigInt(`0x${hex}`) - 1n).toString(16).padStart(32, '0');
}

/** The hash key after this one. */
export function after(hex: string): string {
  return (BigInt(`0x${hex}`) + 1n).toString(16).padStart(32, '0');
}

/** All hash keys in `count` ranges of the same size; the last one takes what is left over. */
export function evenRanges(count: number): HashRange[] {
  const size = HASHES / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    from: (size * BigInt(index)).toString(16).padStart(32, '0'),
    to: index === count - 1 ? HASH_MAX : (size * BigInt(index + 1) - 1n).toString(16).padStart(32, '0'),
  }));
}
