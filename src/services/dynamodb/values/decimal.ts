/**
 * A decimal number as DynamoDB has it: `coefficient * 10 ** exponent`, without zeros at the end of the coefficient, so that
 * equal numbers have equal parts. Zero is 0 and 0.
 */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** What keeps a number from being one of DynamoDB's: see "Number" on the page of its naming rules and data types. */
export type DecimalFault = 'not a number' | 'overflow' | 'underflow' | 'too many digits';

/** Significant digits that are kept. */
const DIGITS_MAX = 38;
/** Of the first significant digit. */
const HIGHEST_POWER = 125;
const LOWEST_POWER = -130;
/** Beyond it no text is looked at: no number needs as much, even with zeros on either side. */
const TEXT_CHARACTERS_MAX = 1_024;
const FORMAT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/** Reads a number in JSON's spelling or a looser one (`+1`, `.5`, `1.`, `007`), or says why it is none. */
export function parseDecimal(text: string): Decimal | DecimalFault {
  const match = text.length <= TEXT_CHARACTERS_MAX ? FORMAT.exec(text) : null;
  if (!match) return 'not a number';
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  const digits = `${whole}${fraction}`;
  if (digits === '') return 'not a number';
  const significant = digits.replace(/^0+/, '').replace(/0+$/, '');
  if (significant === '') return { coefficient: 0n, exponent: 0 };
  const trailing = digits.length - digits.replace(/0+$/, '').length;
  const coefficient = BigInt(significant);
  return checked({
    coefficient: sign === '-' ? -coefficient : coefficient,
    exponent: Number(power) - fraction.length + trailing,
  });
}

/** The sum, exact, or why it can't be kept. */
export function addDecimals(a: Decimal, b: Decimal): Decimal | DecimalFault {
  const exponent = Math.min(a.exponent, b.exponent);
  return checked(normalised(scaled(a, exponent) + scaled(b, exponent), exponent));
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const signs = signOf(a) - signOf(b);
  if (signs !== 0) return signs;
  if (a.coefficient === 0n) return 0;
  const powers = powerOf(a) - powerOf(b);
  if (powers !== 0) return a.coefficient > 0n ? powers : -powers;
  const exponent = Math.min(a.exponent, b.exponent);
  const difference = scaled(a, exponent) - scaled(b, exponent);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** As DynamoDB answers it: digits without an exponent, no zeros that say nothing, no sign before zero. */
export function formatDecimal({ coefficient, exponent }: Decimal): string {
  const digits = digitsOf(coefficient);
  const sign = coefficient < 0n ? '-' : '';
  if (exponent >= 0) return `${sign}${digits}${'0'.repeat(exponent)}`;
  const padded = digits.padStart(1 - exponent, '0');
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** Significant digits without a sign; `0` for zero. */
export function digitsOf(coefficient: bigint): string {
  return (coefficient < 0n ? -coefficient : coefficient).toString();
}

/** The power of ten of the first significant digit. */
export function powerOf({ coefficient, exponent }: Decimal): number {
  return digitsOf(coefficient).length - 1 + exponent;
}

function checked(value: Decimal): Decimal | DecimalFault {
  if (value.coefficient === 0n) return value;
  const power = powerOf(value);
  if (power > HIGHEST_POWER) return 'overflow';
  if (power < LOWEST_POWER) return 'underflow';
  return digitsOf(value.coefficient).length > DIGITS_MAX ? 'too many digits' : value;
}

function normalised(coefficient: bigint, exponent: number): Decimal {
  if (coefficient === 0n) return { coefficient, exponent: 0 };
  const text = coefficient.toString();
  const significant = text.replace(/0+$/, '');
  return { coefficient: BigInt(significant), exponent: exponent + text.length - significant.length };
}

function scaled(value: Decimal, exponent: number): bigint {
  return value.coefficient === 0n ? 0n : value.coefficient * 10n ** BigInt(value.exponent - exponent);
}

function signOf({ coefficient }: Decimal): number {
  return coefficient === 0n ? 0 : coefficient < 0n ? -1 : 1;
}
