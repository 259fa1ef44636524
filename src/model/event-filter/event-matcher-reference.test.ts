import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compilePattern } from './event-matcher.ts';

// The matcher against EventBridge's definition, spelled out: an event is a list of paths with values, each with the places
// in lists that it lies in; a match takes a value for each path such that no two lie at different places of one list.

interface Field {
  readonly path: string;
  readonly value: unknown;
  readonly places: ReadonlyMap<unknown, number>;
}

function fieldsOf(value: unknown, path: readonly string[], places: ReadonlyMap<unknown, number>): Field[] {
  if (Array.isArray(value)) {
    return value.flatMap((element: unknown, index) => {
      const isScalar = typeof element !== 'object' || element === null;
      return fieldsOf(element, path, isScalar ? places : new Map(places).set(value, index));
    });
  }
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, inner]) => fieldsOf(inner, [...path, name], places));
  return [{ path: path.join('.'), value, places }];
}

type Rules = readonly unknown[];
type Pattern = { readonly [name: string]: Rules | Pattern };

function combinationsOf(pattern: Pattern, path: readonly string[], before: readonly Map<string, Rules>[]): Map<string, Rules>[] {
  let combinations = [...before];
  for (const [name, inner] of Object.entries(pattern)) {
    if (name === '$or') {
      const known = combinations;
      combinations = (inner as readonly Pattern[]).flatMap((choice) => combinationsOf(choice, path, known));
    } else if (Array.isArray(inner)) {
      combinations = combinations.map((rules) => new Map(rules).set([...path, name].join('.'), inner as Rules));
    } else combinations = combinationsOf(inner as Pattern, [...path, name], combinations);
  }
  return combinations;
}

function holds(rule: unknown, value: unknown): boolean {
  if (typeof rule !== 'object' || rule === null) return rule === value;
  const [[kind, inner]] = Object.entries(rule) as [[string, unknown]];
  if (kind === 'exists') return inner === true;
  if (kind === 'anything-but') return inner !== value;
  if (typeof value !== 'string') return false;
  if (kind === 'prefix') return value.startsWith(inner as string);
  return new RegExp(`^${(inner as string).replaceAll('*', '.*')}$`).test(value);
}

function matchesReference(pattern: Pattern, event: unknown): boolean {
  const fields = fieldsOf(event, [], new Map());
  const choose = (wanted: readonly (readonly [string, Rules])[], chosen: readonly Field[]): boolean => {
    const [first, ...rest] = wanted;
    if (!first) return true;
    const [path, rules] = first;
    const found = fields.filter((field) => field.path === path);
    const wantsNone = rules.some((rule) => JSON.stringify(rule) === '{"exists":false}');
    if (found.length === 0 && wantsNone) return choose(rest, chosen);
    return found.some(
      (field) =>
        rules.some((rule) => holds(rule, field.value)) &&
        chosen.every((other) => fit(field, other)) &&
        choose(rest, [...chosen, field]),
    );
  };
  return combinationsOf(pattern, [], [new Map()]).some((rules) => choose([...rules], []));
}

function fit(one: Field, other: Field): boolean {
  return [...one.places].every(([list, index]) => (other.places.get(list) ?? index) === index);
}

const name = fc.constantFrom('a', 'b', 'a.b');
const scalar = fc.constantFrom<unknown>('x', 'xy', '', 1, null, true);
const { event } = fc.letrec<{ value: unknown; object: object; event: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    tie('object'),
    fc.array(tie('object'), { maxLength: 3 }),
    fc.array(scalar, { maxLength: 3 }),
  ),
  object: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  event: fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
}));
const rule = fc.oneof(
  scalar,
  fc.constantFrom(
    { exists: true },
    { exists: false },
    { prefix: 'x' },
    { wildcard: '*x*' },
    { wildcard: 'x*y' },
    { 'anything-but': 'x' },
  ),
);
const rules = fc.array(rule, { minLength: 1, maxLength: 2 });
const choices = fc.array(fc.dictionary(name, rules, { minKeys: 1, maxKeys: 2, noNullPrototype: true }), {
  minLength: 2,
  maxLength: 2,
});
const leaves = fc.dictionary(name, rules, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
const withChoices = fc.tuple(leaves, choices).map(([fields, $or]) => ({ ...fields, $or }));
const nested = fc.dictionary(name, fc.oneof(rules, leaves, withChoices), { minKeys: 1, maxKeys: 2, noNullPrototype: true });
const pattern = fc.oneof(
  leaves,
  nested,
  withChoices,
  fc.tuple(nested, choices).map(([fields, $or]) => ({ ...fields, $or })),
);

test('the matcher agrees with the definition for random patterns and events', () => {
  let matched = 0;
  fc.assert(
    fc.property(pattern, event, (wanted, value) => {
      const expected = matchesReference(wanted as unknown as Pattern, value);
      if (expected) matched += 1;
      assert.equal(compilePattern(JSON.stringify(wanted))(value), expected);
    }),
    { seed: 20_240_917, numRuns: 6_000 },
  );
  // Otherwise it would say little.
  assert.ok(matched > 500, `${matched} matches`);
});

test('whatever is given as a pattern is refused as one, or matches or not', () => {
  const names = fc.constantFrom(
    'a',
    '$or',
    'prefix',
    'anything-but',
    'numeric',
    'cidr',
    'wildcard',
    'exists',
    'equals-ignore-case',
  );
  const { any } = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>('x', '*', '**', '\\', '>', '=', '1.2.3.4/8', '::1/128', 0, -1, 1e300, true, null),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(names, tie('any'), { maxKeys: 2, noNullPrototype: true }),
    ),
  }));
  let compiled = 0;
  fc.assert(
    fc.property(any, any, (wanted, value) => {
      try {
        const matches = compilePattern(JSON.stringify({ a: wanted }));
        assert.equal(typeof matches({ a: value }), 'boolean');
        compiled += 1;
      } catch (error) {
        assert.equal((error as Error).name, 'EventPatternError');
      }
    }),
    { seed: 20_240_917, numRuns: 4_000 },
  );
  assert.ok(compiled > 100, `${compiled} patterns`);
});
