const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CHARACTERS = 17;

/** Bytes that an id is made of. */
export const UNIQUE_ID_BYTES = 11;

/**
 * An id that is never given twice, as IAM's are: `AROA` (role) or `ANPA` (managed policy) and 17 characters.
 * `hex` is {@link UNIQUE_ID_BYTES} random bytes. Source: IAM User Guide, unique identifiers.
 */
export function uniqueId(prefix: 'AROA' | 'ANPA', hex: string): string {
  let text = '';
  for (let rest = BigInt(`0x${hex}`), i = 0; i < CHARACTERS; i += 1, rest >>= 5n) text += ALPHABET[Number(rest & 31n)];
  return `${prefix}${text}`;
}
