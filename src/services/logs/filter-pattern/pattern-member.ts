import { logError } from '../log-errors.ts';
import type { Members } from '../members.ts';

const PATTERN_CHARACTERS_MAX = 1_024;

/** The `filterPattern` member, which may be empty; undefined when the caller gave none. Throws InvalidParameterException. */
export function patternMember(input: Members): string | undefined {
  const pattern = input['filterPattern'] ?? undefined;
  if (pattern === undefined) return undefined;
  if (typeof pattern !== 'string' || pattern.length > PATTERN_CHARACTERS_MAX) {
    throw logError(
      'InvalidParameterException',
      `1 validation error detected: Value at 'filterPattern' failed to satisfy constraint: Member must have length less than or equal to ${PATTERN_CHARACTERS_MAX}`,
    );
  }
  return pattern;
}
