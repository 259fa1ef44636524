/** What one field of a cron expression may hold. */
export interface CronField {
  readonly min: number;
  readonly max: number;
  /** Names that stand for the first numbers, in their order. */
  readonly names?: readonly string[];
  /** Whether a range may go on from the last number to the first: FRI-MON. */
  readonly isRing?: boolean;
}

/**
 * Reads a field of numbers: `*`, numbers, ranges, steps and lists of them; a number with a step goes on to the field's end.
 * Undefined for what is none. Ascending, each number once.
 */
export function parseNumbers(text: string, field: CronField): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const item of text.split(',')) {
    const range = parseItem(item, field);
    if (!range) return undefined;
    for (const number of range) numbers.add(number);
  }
  return [...numbers].toSorted((one, other) => one - other);
}

/** A number or a name that stands for one. Undefined for others, and for numbers out of the field's range. */
export function parseNumber(text: string, { min, max, names }: CronField): number | undefined {
  const index = names?.indexOf(text.toUpperCase()) ?? -1;
  if (index !== -1) return min + index;
  if (!/^\d{1,4}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}

function parseItem(item: string, field: CronField): number[] | undefined {
  const [range = '', stepText, more] = item.split('/');
  if (more !== undefined) return undefined;
  const step = stepText === undefined ? 1 : parseNumber(stepText, { min: 1, max: field.max });
  const bounds = parseRange(range, field, stepText !== undefined);
  if (step === undefined || !bounds) return undefined;
  const { min, max } = field;
  const size = max - min + 1;
  const numbers: number[] = [];
  for (let number = bounds.first; number <= bounds.last; number += step) numbers.push(min + ((number - min) % size));
  return numbers;
}

function parseRange(text: string, field: CronField, hasStep: boolean): { first: number; last: number } | undefined {
  if (text === '*') return { first: field.min, last: field.max };
  const [firstText = '', lastText, more] = text.split('-');
  const first = parseNumber(firstText, field);
  if (first === undefined || more !== undefined) return undefined;
  if (lastText === undefined) return { first, last: hasStep ? field.max : first };
  const last = parseNumber(lastText, field);
  if (last === undefined) return undefined;
  if (last >= first) return { first, last };
  return field.isRing ? { first, last: last + field.max - field.min + 1 } : undefined;
}
