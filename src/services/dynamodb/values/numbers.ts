import { addDecimals, compareDecimals, type Decimal, type DecimalFault, formatDecimal, parseDecimal } from './decimal.ts';
import { validation } from './validation.ts';

/** A number in its canonical spelling. Throws ValidationException for what is no number, or none that can be kept. */
export function canonicalNumber(text: string): string {
  const number = parseDecimal(text);
  if (number !== 'not a number') return formatDecimal(kept(number));
  const shown = text === '' ? '' : `: ${text.slice(0, 1_024)}`;
  throw validation(`The parameter cannot be converted to a numeric value${shown}`);
}

/** The sum of two canonical numbers, exact. Throws ValidationException for one that can't be kept. */
export function addNumbers(a: string, b: string): string {
  return formatDecimal(kept(addDecimals(decimal(a), decimal(b))));
}

/** The difference of two canonical numbers; see {@link addNumbers}. */
export function subtractNumbers(a: string, b: string): string {
  const { coefficient, exponent } = decimal(b);
  return formatDecimal(kept(addDecimals(decimal(a), { coefficient: -coefficient, exponent })));
}

/** The order of two canonical numbers: negative, 0 or positive. */
export function compareNumbers(a: string, b: string): number {
  return compareDecimals(decimal(a), decimal(b));
}

/** How many bytes a canonical number counts for: about one for two significant digits, and one for what is around them. */
export function numberSize(text: string): number {
  const { coefficient, exponent } = decimal(text);
  if (coefficient === 0n) return 1;
  const digits = coefficient.toString().replace('-', '').length;
  const isEvenPower = (digits - 1 + exponent) % 2 === 0;
  return 1 + Math.ceil(digits / 2) + (digits % 2 === 0 && isEvenPower ? 1 : 0) + (coefficient < 0n ? 1 : 0);
}

function decimal(text: string): Decimal {
  const number = parseDecimal(text);
  if (typeof number === 'string') throw new TypeError(`a number that was checked: ${number}`);
  return number;
}

function kept(number: Decimal | DecimalFault): Decimal {
  switch (number) {
    case 'overflow':
      throw validation('Number overflow. Attempting to store a number with magnitude larger than supported range');
    case 'underflow':
      throw validation('Number underflow. Attempting to store a number with magnitude smaller than supported range');
    case 'too many digits':
      throw validation('Attempting to store more than 38 significant digits in a Number');
    case 'not a number':
      throw validation('The parameter cannot be converted to a numeric value');
    default:
      return number;
  }
}
