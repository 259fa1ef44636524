import fc from 'fast-check';
import { type ExpectedError, invalid, notFound } from './expectation.ts';
import { LATEST, type Model, type ModelFunction, REGION } from './model.ts';

export const NAMES = ['alpha', 'beta', 'gamma-function_3'] as const;
export const ALIASES = ['blue', 'green', 'live'] as const;

/** How a function is named in a request. */
export interface Reference {
  readonly name: (typeof NAMES)[number];
  readonly form: 'plain' | 'function' | 'account' | 'short' | 'region' | 'arn' | 'otherRegion' | 'otherAccount';
}

/** What of a function is asked for, and where the request says so. */
export interface Qualification {
  readonly kind: 'none' | 'latest' | 'version' | 'number' | 'alias';
  /** Which version or alias, some are not there; for `number` the version itself. */
  readonly index: number;
  readonly where: 'name' | 'parameter' | 'both' | 'differently';
}

/** A function's name in any of its forms, most often the plain one. */
export const reference: fc.Arbitrary<Reference> = fc.record({
  name: fc.oneof({ weight: 6, arbitrary: fc.constant(NAMES[0]) }, { weight: 4, arbitrary: fc.constantFrom(...NAMES) }),
  form: fc.oneof(
    { weight: 20, arbitrary: fc.constant('plain' as const) },
    {
      weight: 4,
      arbitrary: fc.constantFrom('function' as const, 'account' as const, 'short' as const, 'region' as const, 'arn' as const),
    },
    { weight: 1, arbitrary: fc.constantFrom('otherRegion' as const, 'otherAccount' as const) },
  ),
});

/** Often the same, so that calls meet. */
export const versionIndex = fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6);

/** A qualifier, or none. */
export const qualification: fc.Arbitrary<Qualification> = fc.record({
  kind: fc.constantFrom(
    'none' as const,
    'none' as const,
    'latest' as const,
    'version' as const,
    'version' as const,
    'alias' as const,
  ),
  index: versionIndex,
  where: fc.oneof(
    { weight: 6, arbitrary: fc.constant('parameter' as const) },
    { weight: 4, arbitrary: fc.constantFrom('name' as const, 'both' as const) },
    { weight: 1, arbitrary: fc.constant('differently' as const) },
  ),
});

/** A name without a qualifier, as it is sent, and the error that it alone comes to. */
export function nameOf(model: Model, { name, form }: Reference): { readonly text: string; readonly refusal?: ExpectedError } {
  const { account } = model;
  switch (form) {
    case 'plain':
      return { text: name };
    case 'function':
      return { text: `function:${name}` };
    case 'account':
      return { text: `${account}:function:${name}` };
    case 'short':
      return { text: `${account}:${name}` };
    case 'region':
      return { text: `${REGION}:${account}:function:${name}` };
    case 'arn':
      return { text: model.arn(name) };
    case 'otherRegion':
      return {
        text: `arn:aws:lambda:eu-west-1:${account}:function:${name}`,
        refusal: notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      };
    case 'otherAccount':
      return {
        text: `arn:aws:lambda:${REGION}:999999999999:function:${name}`,
        refusal: { code: 'AccessDeniedException', status: 403, message: null, untyped: true },
      };
  }
}

/** A version's number: one that is there, one that was, or one that never was. */
export function versionNumber(found: ModelFunction | undefined, index: number): string {
  const there = [...(found?.versions.keys() ?? [])];
  if (index < 5 && there.length > 0) return there[index % there.length] ?? '';
  // One that is the next, or was the last before it was deleted, and one that never was.
  return index === 6 ? '99' : String((found?.nextVersion ?? 1) - (index % 2));
}

/** A reference and a qualifier, as they are sent. */
export interface Target {
  readonly name: string;
  readonly qualifier: string | undefined;
  readonly input: { readonly FunctionName: string; readonly Qualifier?: string };
  readonly refusal?: ExpectedError;
  readonly found: ModelFunction | undefined;
}

/** Puts reference and qualifier together. */
export function targetOf(model: Model, named: Reference, { kind, index, where }: Qualification): Target {
  const { name } = named;
  const { text, refusal } = nameOf(model, named);
  const found = model.functions.get(name);
  const qualifier =
    kind === 'none'
      ? undefined
      : kind === 'latest'
        ? LATEST
        : kind === 'number'
          ? String(index)
          : kind === 'version'
            ? versionNumber(found, index)
            : (ALIASES[index % ALIASES.length] ?? '');
  const suffixed = qualifier === undefined ? text : `${text}:${qualifier}`;
  const base = { name, qualifier, found, ...(refusal ? { refusal } : {}) };
  if (qualifier === undefined) return { ...base, input: { FunctionName: text } };
  if (where === 'parameter') return { ...base, input: { FunctionName: text, Qualifier: qualifier } };
  if (where === 'name') return { ...base, input: { FunctionName: suffixed } };
  if (where === 'both') return { ...base, input: { FunctionName: suffixed, Qualifier: qualifier } };
  const mismatch = invalid('The derived qualifier from the function name does not match the specified qualifier.');
  return { ...base, refusal: refusal ?? mismatch, input: { FunctionName: suffixed, Qualifier: '4711' } };
}
