import type { KeyValue } from './attribute-value.ts';
import { type Decimal, digitsOf, parseDecimal, powerOf } from './decimal.ts';

const NEGATIVE = 0x40;
const ZERO = 0x80;
const POSITIVE = 0xc0;
/** Makes a byte of the powers -130 to 125. */
const POWER_BIAS = 130;

/**
 * A key's value as bytes whose order is the order of the values, for values of one type: texts by their UTF-8 bytes, bytes as they
 * are (unsigned), numbers by size. Different values have different bytes. What texts and bytes are encoded to may hold any byte and
 * may be empty, so two of them can't be put together without a length or an escape; an encoded number is never the beginning of
 * another one. Throws TypeError for a number that was not checked before.
 */
export function encodeKeyValue(value: KeyValue): Buffer {
  if ('S' in value) return Buffer.from(value.S, 'utf8');
  if ('B' in value) return Buffer.from(value.B, 'base64');
  const decimal = parseDecimal(value.N);
  if (typeof decimal === 'string') throw new TypeError(`a key's number: ${decimal}`);
  return encodeDecimal(decimal);
}

/**
 * Sign, power of the first digit, digits in pairs with 1 added, and 0 as the end, which is less than every pair. Negative numbers
 * have all bytes after the first one inverted. At most 22 bytes.
 */
function encodeDecimal(decimal: Decimal): Buffer {
  if (decimal.coefficient === 0n) return Buffer.of(ZERO);
  const digits = digitsOf(decimal.coefficient);
  const bytes = [powerOf(decimal) + POWER_BIAS];
  for (let at = 0; at < digits.length; at += 2) bytes.push(Number(digits.slice(at, at + 2).padEnd(2, '0')) + 1);
  bytes.push(0);
  const isNegative = decimal.coefficient < 0n;
  return Buffer.from([isNegative ? NEGATIVE : POSITIVE, ...(isNegative ? bytes.map((byte) => 0xff - byte) : bytes)]);
}
