import type { EventPattern } from './event-pattern.ts';
import type { Rule } from './rule.ts';

/** The rules of fields by their paths, with dots between the names. All fields must be as theirs say. */
export type FieldRules = ReadonlyMap<string, readonly Rule[]>;

/**
 * Every combination of a pattern's alternatives, of which one must hold. Where an alternative names a field that the rest of
 * the pattern names too, the alternative's rules count, as in EventBridge.
 */
export function fieldRulesOf(pattern: EventPattern): readonly FieldRules[] {
  return expand(pattern, '', [new Map()]);
}

function expand(pattern: EventPattern, prefix: string, before: readonly FieldRules[]): readonly FieldRules[] {
  let combinations = before;
  for (const field of pattern.fields) {
    const path = prefix + field.name;
    combinations =
      'rules' in field
        ? combinations.map((fields) => new Map(fields).set(path, field.rules))
        : expand(field.pattern, `${path}.`, combinations);
  }
  for (const alternatives of pattern.alternatives) {
    const known = combinations;
    combinations = alternatives.flatMap((alternative) => expand(alternative, prefix, known));
  }
  return combinations;
}
