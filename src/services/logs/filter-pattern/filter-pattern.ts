import { logError } from '../log-errors.ts';
import { compileJsonPattern } from './json-pattern.ts';
import { compileTermPattern } from './term-pattern.ts';

/**
 * Compiles a filter pattern of CloudWatch Logs (user guide, "Filter pattern syntax"): terms, or a condition on JSON
 * messages. Undefined matches everything. Throws InvalidParameterException, also for the forms that aren't built:
 * regular expressions and patterns of space-delimited fields.
 */
export function compileFilterPattern(pattern: string): ((message: string) => boolean) | undefined {
  const trimmed = pattern.trim();
  if (trimmed === '' || trimmed === '""') return undefined;
  if (trimmed.startsWith('[')) {
    throw logError(
      'InvalidParameterException',
      'filterPattern: patterns of space-delimited fields are not supported by Lambkin.',
    );
  }
  return trimmed.startsWith('{') ? compileJsonPattern(trimmed) : compileTermPattern(trimmed);
}
