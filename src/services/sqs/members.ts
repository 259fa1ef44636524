import { invalidValue, missingParameter } from './sqs-errors.ts';

/** An operation's input, in the JSON protocol's shape whichever protocol it came by. */
export type Members = Readonly<Record<string, unknown>>;

/** A text member; undefined when there is none. Throws InvalidParameterValue when it is no text. */
export function text(input: Members, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
}

/** A text member that must be there and not be empty. Throws MissingParameter. */
export function requiredText(input: Members, name: string): string {
  const value = text(input, name);
  if (value === undefined || value === '') throw missingParameter(name);
  return value;
}

/** A whole number; undefined when there is none. `reason` is AWS's text for one out of bounds. */
export function integer(input: Members, name: string, lowest: number, highest: number, reason: string): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest) {
    throw invalidValue(`Value ${String(value).slice(0, 100)} for parameter ${name} is invalid. Reason: ${reason}`);
  }
  return value;
}

/** A list of texts; empty when there is none. */
export function texts(input: Members, name: string): readonly string[] {
  const value = input[name] ?? [];
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) throw wrongType(name, 'a list of strings');
  return value as readonly string[];
}

/** A map of texts; undefined when there is none. */
export function textMap(input: Members, name: string): Readonly<Record<string, string>> | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!isStructure(value) || Object.values(value).some((item) => typeof item !== 'string')) {
    throw wrongType(name, 'a map of strings');
  }
  return value as Readonly<Record<string, string>>;
}

/** A list of structures; empty when there is none. */
export function structures(input: Members, name: string): readonly Members[] {
  const value = input[name] ?? [];
  if (!Array.isArray(value) || !value.every(isStructure)) throw wrongType(name, 'a list of structures');
  return value;
}

/** Whether a value has members. */
export function isStructure(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrongType(name: string, what: string): Error {
  return invalidValue(`Value for parameter ${name} is invalid. Reason: it must be ${what}.`);
}
