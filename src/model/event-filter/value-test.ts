import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { NumericBound, Rule } from './rule.ts';

/** A value at the end of a path of an event. */
export type Scalar = string | number | boolean | null;

/** Whether a value that is there is as some rule wants it. */
export type ValueTest = (value: Scalar) => boolean;

/**
 * Makes one test of the rules of a field, of which one must hold. `exists: false` never holds for a value that is there.
 * Time is linear in the value's length, whatever the rules are.
 */
export function compileRules(rules: readonly Rule[]): ValueTest {
  const exact = new Set<Scalar>();
  const others: ValueTest[] = [];
  for (const rule of rules) {
    if (rule.kind === 'equals') exact.add(rule.value);
    else others.push(compileRule(rule));
  }
  const [only] = others;
  if (!only) return (value) => exact.has(value);
  if (exact.size === 0 && others.length === 1) return only;
  return (value) => exact.has(value) || others.some((test) => test(value));
}

function compileRule(rule: Exclude<Rule, { kind: 'equals' }>): ValueTest {
  switch (rule.kind) {
    case 'prefix':
      return ofText(rule.ignoresCase, rule.text, (value, text) => value.startsWith(text));
    case 'suffix':
      return ofText(rule.ignoresCase, rule.text, (value, text) => value.endsWith(text));
    case 'equals-ignore-case':
      return ofText(true, rule.text, (value, text) => value === text);
    case 'wildcard':
      return (value) => typeof value === 'string' && matchesWildcard(value, rule.pieces);
    case 'numeric':
      return (value) => typeof value === 'number' && rule.bounds.every((bound) => isWithin(value, bound));
    case 'cidr':
      return compileCidr(rule.address, rule.maskBits);
    case 'exists':
      return () => rule.exists;
    case 'anything-but': {
      const test = compileRules(rule.rules);
      return (value) => !test(value);
    }
  }
}

function ofText(ignoresCase: boolean, text: string, holds: (value: string, text: string) => boolean): ValueTest {
  if (!ignoresCase) return (value) => typeof value === 'string' && holds(value, text);
  const lower = text.toLowerCase();
  return (value) => typeof value === 'string' && holds(value.toLowerCase(), lower);
}

/** Each piece is taken where it first comes; trying others would never help, and could take exponential time. */
function matchesWildcard(value: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? '';
  // A wildcard without any text matches nothing on AWS, not even an empty value.
  if (pieces.length === 1) return first !== '' && value === first;
  const last = pieces.at(-1) ?? '';
  if (!value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = value.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return at <= value.length - last.length;
}

function isWithin(value: number, { operator, value: bound }: NumericBound): boolean {
  switch (operator) {
    case '=':
      return value === bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}

function compileCidr(address: string, maskBits: number): ValueTest {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const isAddress = family === 'ipv4' ? isIPv4 : isIPv6;
  const block = new BlockList();
  block.addSubnet(address, maskBits, family);
  // Addresses with a zone are of one host only and in no block.
  return (value) => typeof value === 'string' && isAddress(value) && !value.includes('%') && block.check(value, family);
}
