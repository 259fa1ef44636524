import { logError } from './log-errors.ts';

/** An operation's input as the wire layer read it. */
export type Members = Readonly<Record<string, unknown>>;

interface TextRule {
  readonly charactersMax: number;
  readonly pattern: RegExp;
  /** The pattern as AWS's messages spell it. */
  readonly patternText: string;
}

/** Rules of names from the service's API reference. */
export const GROUP_NAME: TextRule = { charactersMax: 512, pattern: /^[.\-_/#A-Za-z0-9]+$/, patternText: '[\\.\\-_/#A-Za-z0-9]+' };
export const STREAM_NAME: TextRule = { charactersMax: 512, pattern: /^[^:*]*$/, patternText: '[^:*]*' };
/** Text that is compared and never becomes a name. */
export const ANY_TEXT: TextRule = { charactersMax: 2_048, pattern: /^/, patternText: '.*' };

/** A text member; undefined when the caller gave none. Throws InvalidParameterException. */
export function text(input: Members, member: string, rule: TextRule = ANY_TEXT): string | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw constraint(value, member, 'Member must be a string');
  if (value.length === 0) throw constraint(value, member, 'Member must have length greater than or equal to 1');
  if (value.length > rule.charactersMax) {
    throw constraint(value, member, `Member must have length less than or equal to ${rule.charactersMax}`);
  }
  if (!rule.pattern.test(value)) {
    throw constraint(value, member, `Member must satisfy regular expression pattern: ${rule.patternText}`);
  }
  return value;
}

/** A text member that must be there. */
export function requiredText(input: Members, member: string, rule: TextRule = ANY_TEXT): string {
  return text(input, member, rule) ?? missing(member);
}

/** A whole number within bounds, both inclusive; undefined when the caller gave none. */
export function integer(input: Members, member: string, lowest: number, highest: number): number | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw constraint(value, member, 'Member must be an integer');
  if (value < lowest) throw constraint(value, member, `Member must have value greater than or equal to ${lowest}`);
  if (value > highest) throw constraint(value, member, `Member must have value less than or equal to ${highest}`);
  return value;
}

/** A true or false member; false when the caller gave none. */
export function flag(input: Members, member: string): boolean {
  const value = input[member];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw constraint(value, member, 'Member must be a boolean');
  return value;
}

/** A list of texts; undefined when the caller gave none or an empty one. */
export function texts(input: Members, member: string, countMax: number): readonly string[] | undefined {
  const value = input[member];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw constraint(value, member, 'Member must be a list of strings');
  }
  if (value.length > countMax) throw constraint(value, member, `Member must have length less than or equal to ${countMax}`);
  return value.length === 0 ? undefined : value;
}

/** Refuses, by name, settings that this server does not honour. */
export function refuse(input: Members, ...members: readonly string[]): void {
  for (const member of members) {
    const value = input[member];
    if (value === undefined || value === null || value === false) continue;
    throw logError('InvalidParameterException', `${member} is not supported by Lambkin.`);
  }
}

/** The error for a required member that is absent. */
export function missing(member: string): never {
  throw logError(
    'InvalidParameterException',
    `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
  );
}

function constraint(value: unknown, member: string, rule: string): Error {
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return logError(
    'InvalidParameterException',
    `1 validation error detected: Value '${shown.slice(0, 600)}' at '${member}' failed to satisfy constraint: ${rule}`,
  );
}
