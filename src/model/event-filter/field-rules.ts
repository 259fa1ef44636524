import type { EventPattern } from './event-pattern.ts';
import type { Rule } from './rule.ts';

/** The rules of fields by their paths, with dots between the names. All fields must be as theirs say. */
export type FieldRules = ReadonlyMap<string, readonly Rule[]>;

/** A field's rules, or a choice of which one must be taken. */
type Item = { readonly path: string; readonly rules: readonly Rule[] } | { readonly choices: readonly (readonly Item[])[] };

/** What is still to be taken when a choice has been made. */
interface Rest {
  readonly items: readonly Item[];
  readonly from: number;
  readonly next?: Rest;
}

/**
 * Every combination of a pattern's alternatives, of which one must hold. Where an alternative names a field that stands
 * before it in the pattern too, the alternative's rules count, as in EventBridge.
 */
export function fieldRulesOf(pattern: EventPattern): readonly FieldRules[] {
  const combinations: FieldRules[] = [];
  take({ items: itemsOf(pattern, ''), from: 0 }, new Map(), combinations);
  return combinations;
}

function itemsOf({ fields, alternatives }: EventPattern, prefix: string): readonly Item[] {
  return [
    ...fields.flatMap((field): readonly Item[] => {
      const path = prefix + field.name;
      return 'rules' in field ? [{ path, rules: field.rules }] : itemsOf(field.pattern, `${path}.`);
    }),
    ...alternatives.map((choices) => ({ choices: choices.map((choice) => itemsOf(choice, prefix)) })),
  ];
}

/** Copies what was taken at choices only, so that all takes no longer than the combinations are long. */
function take(rest: Rest, taken: Map<string, readonly Rule[]>, combinations: FieldRules[]): void {
  for (let now: Rest | undefined = rest; now; now = now.next) {
    for (let at = now.from; at < now.items.length; at += 1) {
      const item = now.items[at];
      if (!item) continue;
      if ('rules' in item) taken.set(item.path, item.rules);
      else {
        const next: Rest = { ...now, from: at + 1 };
        for (const items of item.choices) take({ items, from: 0, next }, new Map(taken), combinations);
        return;
      }
    }
  }
  combinations.push(taken);
}
