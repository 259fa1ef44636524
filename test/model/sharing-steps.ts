import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Members } from '../raw/raw-lambda.ts';
import { type Expected, invalid, notFound, type Plan } from './expectation.ts';
import { CONCURRENCY, type Model, type ModelFunction, UNRESERVED_MIN } from './model.ts';
import { nameOf, qualification, type Qualification, type Reference, reference, targetOf } from './references.ts';

const TAG_SETS: readonly Readonly<Record<string, string>>[] = [
  { team: 'b' },
  { stage: 'test', 'cost:centre': '' },
  {},
  { 'aws:reserved': 'x' },
  Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`many${n}`, String(n)])),
];

/** Steps about what all versions of a function share: its reservation and its tags. */
export type SharingStep =
  | { readonly op: 'PutFunctionConcurrency'; readonly of: Reference; readonly at: Qualification; readonly value: number }
  | { readonly op: 'GetFunctionConcurrency' | 'DeleteFunctionConcurrency'; readonly of: Reference; readonly at: Qualification }
  | { readonly op: 'TagResource'; readonly of: Reference; readonly at: Qualification; readonly tags: number }
  | { readonly op: 'UntagResource'; readonly of: Reference; readonly keys: readonly string[] }
  | { readonly op: 'ListTags'; readonly of: Reference };

/** Mostly without a qualifier, which these operations refuse. */
const seldomQualified = fc.oneof(
  { weight: 9, arbitrary: fc.constant<Qualification>({ kind: 'none', index: 0, where: 'name' }) },
  { weight: 1, arbitrary: qualification.map((at) => ({ ...at, where: 'name' as const })) },
);

/** One of them, with its weight beside the other kinds. */
export const sharingSteps: readonly fc.WeightedArbitrary<SharingStep>[] = [
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('PutFunctionConcurrency' as const),
      of: reference,
      at: seldomQualified,
      value: fc.constantFrom(0, 1, 400, 900, 901),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constantFrom('GetFunctionConcurrency' as const, 'DeleteFunctionConcurrency' as const),
      of: reference,
      at: seldomQualified,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('TagResource' as const),
      of: reference,
      at: seldomQualified,
      tags: fc.nat({ max: TAG_SETS.length - 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('UntagResource' as const),
      of: reference,
      keys: fc.subarray(['team', 'stage', 'cost:centre', 'missing', ...Object.keys(TAG_SETS[4] ?? {})], {
        minLength: 1,
      }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('ListTags' as const), of: reference }) },
];

/** What a step sends, and what must come of it. */
export function planSharingStep(model: Model, step: SharingStep): Plan {
  switch (step.op) {
    case 'PutFunctionConcurrency':
    case 'GetFunctionConcurrency':
    case 'DeleteFunctionConcurrency':
      return concurrency(model, step);
    case 'TagResource':
    case 'UntagResource':
    case 'ListTags':
      return tagging(model, step);
  }
}

type ConcurrencyStep = SharingStep & {
  op: 'PutFunctionConcurrency' | 'GetFunctionConcurrency' | 'DeleteFunctionConcurrency';
};

function concurrency(model: Model, step: ConcurrencyStep): Plan {
  const { name, qualifier, found, refusal, input } = targetOf(model, step.of, step.at);
  const isPut = step.op === 'PutFunctionConcurrency';
  const plan = (expected: Expected): Plan => ({
    operation: step.op,
    input: isPut ? { ...input, ReservedConcurrentExecutions: step.value } : input,
    expected,
  });
  if (refusal) return plan({ fails: [refusal] });
  if (qualifier !== undefined && step.at.kind !== 'latest') {
    return plan({
      fails: [
        invalid(
          'This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. ' +
            'Please specify either a function name or an unqualified function ARN.',
        ),
      ],
    });
  }
  const missing = notFound(`Function not found: ${model.arn(name, isPut ? '$LATEST' : undefined)}`);
  if (!found) return plan({ fails: qualifier === undefined ? [missing] : [notFound(/^Function not found: /), invalid()] });
  // Whether the name may say that it means `$LATEST` is not known.
  const orFails = qualifier === undefined ? [] : [invalid()];
  if (!isPut)
    return step.op === 'DeleteFunctionConcurrency'
      ? plan({ status: 204, orFails, take: () => void (found.reserved = undefined) })
      : plan({ status: 200, orFails, take: (json) => assert.deepEqual(json, reservation(found)) });
  const others = [...model.functions.values()].reduce((sum, one) => sum + (one === found ? 0 : (one.reserved ?? 0)), 0);
  if (CONCURRENCY - others - step.value < UNRESERVED_MIN) {
    const message = `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${UNRESERVED_MIN}].`;
    return plan({ fails: [{ ...invalid(message), untyped: true }, ...orFails] });
  }
  return plan({
    status: 200,
    orFails,
    take: (json) => {
      found.reserved = step.value;
      assert.deepEqual(json, reservation(found));
    },
  });
}

function reservation({ reserved }: ModelFunction): Members {
  return reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved };
}

function tagging(model: Model, step: SharingStep & { op: 'TagResource' | 'UntagResource' | 'ListTags' }): Plan {
  const { name } = step.of;
  const { refusal } = nameOf(model, step.of);
  // Tags are asked for by ARN alone.
  const arn = refusal ? nameOf(model, step.of).text : model.arn(name);
  const at = step.op === 'TagResource' ? targetOf(model, step.of, { ...step.at, where: 'name' }).qualifier : undefined;
  const found = model.functions.get(name);
  const given = step.op === 'TagResource' ? (TAG_SETS[step.tags] ?? {}) : {};
  const input = {
    Resource: at === undefined ? arn : `${arn}:${at}`,
    ...(step.op === 'TagResource' ? { Tags: given } : step.op === 'UntagResource' ? { TagKeys: step.keys } : {}),
  };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  const empty =
    step.op === 'TagResource' && Object.keys(given).length === 0
      ? [invalid('An error occurred and the request cannot be processed.')]
      : [];
  if (refusal) return plan({ fails: [refusal, ...empty] });
  const qualified =
    at === undefined ? [] : [invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.')];
  const missing = found ? [] : [notFound(`Function not found: ${model.arn(name)}`)];
  const tags =
    step.op === 'UntagResource'
      ? Object.fromEntries(Object.entries(found?.tags ?? {}).filter(([key]) => !step.keys.includes(key)))
      : { ...found?.tags, ...given };
  const tooMany = Object.keys(tags).length > 50 ? [invalid('Number of tags exceeds resource tag limit.')] : [];
  const reserved = 'aws:reserved' in given ? [invalid()] : [];
  const errors = [...empty, ...qualified, ...missing, ...tooMany, ...reserved];
  if (errors.length > 0 || !found) return plan({ fails: errors });
  if (step.op === 'ListTags') return plan({ status: 200, take: (json) => assert.deepEqual(json, { Tags: found.tags }) });
  return plan({
    status: 204,
    take: () => {
      found.tags = tags;
      found.latest.revision.change();
      found.latest.modified.change();
    },
  });
}
