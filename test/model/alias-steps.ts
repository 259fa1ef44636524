import fc from 'fast-check';
import type { Members } from '../raw/raw-lambda.ts';
import { conflict, type Expected, type ExpectedError, invalid, notFound, outdated, type Plan, violation } from './expectation.ts';
import { OTHER_REVISION } from './function-steps.ts';
import { checkAlias, LATEST, type Model, type ModelAlias, type ModelFunction, Revision } from './model.ts';
import { ALIASES, nameOf, type Reference, reference, versionIndex, versionNumber } from './references.ts';

interface Second {
  readonly kind: 'one' | 'two';
  readonly version: number;
  readonly weight: number;
}

/** Where an alias is sent: a version by its index, and what of the second version. */
interface Pointing {
  readonly version: number | 'latest';
  readonly second: { readonly kind: 'none' | 'empty' } | Second;
}

/** Steps that change aliases. */
export type AliasStep =
  | {
      readonly op: 'CreateAlias';
      readonly of: Reference;
      readonly alias: number;
      readonly description: string | undefined;
      readonly to: Pointing;
      readonly badName: boolean;
    }
  | {
      readonly op: 'UpdateAlias';
      readonly of: Reference;
      readonly alias: number;
      readonly description: string | undefined;
      readonly to: Pointing;
      readonly keepVersion: boolean;
      readonly revision: 'none' | 'right' | 'wrong';
    }
  | { readonly op: 'DeleteAlias'; readonly of: Reference; readonly alias: number };

const pointing: fc.Arbitrary<Pointing> = fc.record({
  version: fc.oneof({ weight: 8, arbitrary: versionIndex }, { weight: 1, arbitrary: fc.constant('latest' as const) }),
  second: fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('none' as const, 'none' as const, 'empty' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('one' as const, 'one' as const, 'one' as const, 'two' as const),
        version: fc.constantFrom(0, 1, 1, 1, 2, 5),
        weight: fc.constantFrom(0, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.5),
      }),
    },
  ),
});
const description = fc.constantFrom(undefined, '', 'points somewhere');
const alias = fc.constantFrom(0, 0, 0, ...ALIASES.keys());

/** One of them, with its weight beside the other kinds. */
export const aliasSteps: readonly fc.WeightedArbitrary<AliasStep>[] = [
  {
    weight: 12,
    arbitrary: fc.record({
      op: fc.constant('CreateAlias' as const),
      of: reference,
      alias,
      description,
      to: pointing,
      badName: fc.constantFrom(false, false, false, false, false, false, true),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      op: fc.constant('UpdateAlias' as const),
      of: reference,
      alias,
      description,
      to: pointing,
      keepVersion: fc.boolean(),
      revision: fc.constantFrom('none' as const, 'none' as const, 'right' as const, 'wrong' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('DeleteAlias' as const), of: reference, alias }) },
];

/** What a step sends, and what must come of it. */
export function planAliasStep(model: Model, step: AliasStep): Plan {
  switch (step.op) {
    case 'CreateAlias':
      return create(model, step);
    case 'UpdateAlias':
      return update(model, step);
    case 'DeleteAlias':
      return remove(model, step);
  }
}

function create(model: Model, step: AliasStep & { op: 'CreateAlias' }): Plan {
  const { text, refusal } = nameOf(model, step.of);
  const found = model.functions.get(step.of.name);
  const name = step.badName ? '123' : (ALIASES[step.alias] ?? '');
  const to = requested(found, step.to);
  const input = { FunctionName: text, Name: name, ...to.input, ...given(step.description) };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  const shapes = [
    ...(step.badName
      ? [violation('name', name, 'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)')]
      : []),
    ...to.shapes,
  ];
  if (shapes.length > 0) return plan({ fails: shapes.length === 1 ? shapes : [several(shapes)] });
  if (refusal) return plan({ fails: [refusal] });
  if (!found) return plan({ fails: [notFound(`Function not found: ${model.arn(step.of.name)}`)] });
  const errors = targetErrors(model, found, to.version, to.seconds);
  if (found.aliases.has(name)) errors.push(conflict(`Alias already exists: ${model.arn(found.name, name)}`));
  if (errors.length > 0) return plan({ fails: errors });
  return plan({
    status: 201,
    take: (json) => {
      const made: ModelAlias = {
        name,
        version: to.version,
        description: step.description ?? '',
        second: to.seconds[0],
        revision: new Revision(),
        policy: undefined,
      };
      found.aliases.set(name, made);
      checkAlias(json, model, found.name, made);
    },
  });
}

function update(model: Model, step: AliasStep & { op: 'UpdateAlias' }): Plan {
  const { text, refusal } = nameOf(model, step.of);
  const found = model.functions.get(step.of.name);
  const name = ALIASES[step.alias] ?? '';
  const before = found?.aliases.get(name);
  const to = requested(found, step.to);
  const { FunctionVersion, ...routing } = to.input as { FunctionVersion: string };
  const RevisionId = step.revision === 'wrong' ? OTHER_REVISION : step.revision === 'right' ? before?.revision.known : undefined;
  const input = {
    FunctionName: text,
    Name: name,
    ...routing,
    ...(step.keepVersion ? {} : { FunctionVersion }),
    ...given(step.description),
    ...(RevisionId === undefined ? {} : { RevisionId }),
  };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  if (to.shapes.length > 0) return plan({ fails: to.shapes });
  if (refusal) return plan({ fails: [refusal] });
  if (!found) return plan({ fails: [notFound(`Function not found: ${model.arn(step.of.name)}`)] });
  if (!before) return plan({ fails: [notFound(`Alias not found: ${model.arn(found.name, name)}`)] });
  if (step.revision === 'wrong') return plan({ fails: [outdated()] });
  const version = step.keepVersion ? before.version : to.version;
  // Routing that is not given stays, and must fit the other version too.
  const seconds = step.to.second.kind === 'none' ? (before.second ? [before.second] : []) : to.seconds;
  const errors = targetErrors(model, found, version, seconds);
  if (errors.length > 0) return plan({ fails: errors });
  return plan({
    status: 200,
    take: (json) => {
      before.version = version;
      before.second = seconds[0];
      before.description = step.description ?? before.description;
      before.revision.change();
      checkAlias(json, model, found.name, before);
    },
  });
}

function remove(model: Model, step: AliasStep & { op: 'DeleteAlias' }): Plan {
  const { text, refusal } = nameOf(model, step.of);
  const found = model.functions.get(step.of.name);
  const name = ALIASES[step.alias] ?? '';
  const input = { FunctionName: text, Name: name };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  if (refusal) return plan({ fails: [refusal] });
  if (!found) return plan({ fails: [notFound(`Function not found: ${model.arn(step.of.name)}`)] });
  return plan({ status: 204, take: () => void found.aliases.delete(name) });
}

interface Requested {
  readonly input: Members;
  readonly version: string;
  readonly seconds: readonly { readonly version: string; readonly weight: number }[];
  readonly shapes: readonly ExpectedError[];
}

function requested(found: ModelFunction | undefined, { version: index, second }: Pointing): Requested {
  const version = index === 'latest' ? LATEST : versionNumber(found, index);
  if (second.kind === 'none') return { input: { FunctionVersion: version }, version, seconds: [], shapes: [] };
  if (!('weight' in second)) return { input: { FunctionVersion: version, RoutingConfig: {} }, version, seconds: [], shapes: [] };
  const first = { version: versionNumber(found, second.version), weight: second.weight };
  const seconds = second.kind === 'one' ? [first] : [first, { version: '98', weight: 0 }];
  const AdditionalVersionWeights = Object.fromEntries(seconds.map((one) => [one.version, one.weight]));
  const shapes =
    second.weight > 1
      ? [
          violation(
            'routingConfig.additionalVersionWeights',
            // Numbers of maps are printed as Java prints doubles; keys that are numbers come in their order.
            `{${Object.entries(AdditionalVersionWeights)
              .map(([key, value]) => `${key}=${Number.isInteger(value) ? value.toFixed(1) : value}`)
              .join(', ')}}`,
            'Map value must satisfy constraint: [Member must have value less than or equal to 1, Member must have value greater than or equal to 0]',
          ),
        ]
      : [];
  return { input: { FunctionVersion: version, RoutingConfig: { AdditionalVersionWeights } }, version, seconds, shapes };
}

/** Everything that is wrong with where an alias points; which of it is told first is not known. */
function targetErrors(
  model: Model,
  found: ModelFunction,
  version: string,
  seconds: readonly { readonly version: string }[],
): ExpectedError[] {
  const errors: ExpectedError[] = [];
  if (seconds.length > 1) errors.push(invalid('Number of items in AdditionalVersionWeights cannot be greater than 1'));
  if (seconds.length > 0 && version === LATEST)
    errors.push({ ...invalid('$LATEST is not supported for an alias pointing to more than 1 version'), untyped: true });
  if (seconds.some((second) => second.version === version))
    errors.push(
      invalid(`Invalid function version ${version}. Function version ${version} is already included in routing configuration.`),
    );
  const targets = [version, ...seconds.map((second) => second.version)];
  for (const target of targets)
    if (target !== LATEST && !found.versions.has(target))
      errors.push(notFound(`Function not found: ${model.arn(found.name, target)}`));
  const both = targets.map((target) => found.version(target)?.members ?? {});
  const differs = (member: string): boolean =>
    both.some((members) => JSON.stringify(members[member]) !== JSON.stringify(both[0]?.[member]));
  if (differs('Role') || differs('DeadLetterConfig')) errors.push(invalid());
  return errors;
}

function given(description: string | undefined): Members {
  return description === undefined ? {} : { Description: description };
}

/** Several violations of one request, told together. */
function several(errors: readonly ExpectedError[]): ExpectedError {
  const texts = errors.map(({ message }) => String(message).replace('1 validation error detected: ', ''));
  return {
    code: 'ValidationException',
    status: 400,
    untyped: true,
    message: `${texts.length} validation errors detected: ${texts.join('; ')}`,
  };
}
