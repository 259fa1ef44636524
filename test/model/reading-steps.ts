import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Members, RawLambda } from '../raw/raw-lambda.ts';
import { type Expected, notFound, type Plan } from './expectation.ts';
import { checkAlias, LATEST, type Model, type ModelAlias } from './model.ts';
import {
  ALIASES,
  nameOf,
  qualification,
  type Qualification,
  type Reference,
  reference,
  targetOf,
  versionNumber,
} from './references.ts';

/** Steps that read one thing. */
export type ReadingStep =
  | { readonly op: 'GetFunction' | 'GetFunctionConfiguration'; readonly of: Reference; readonly at: Qualification }
  | { readonly op: 'GetAlias'; readonly of: Reference; readonly alias: number }
  | { readonly op: 'GetAccountSettings' };

/** Steps that read a list to its end, page by page. */
export type ListingStep =
  | { readonly op: 'ListFunctions'; readonly all: boolean; readonly pageSize: number | undefined }
  | { readonly op: 'ListVersionsByFunction'; readonly of: Reference; readonly pageSize: number | undefined }
  | {
      readonly op: 'ListAliases';
      readonly of: Reference;
      readonly version: number | undefined;
      readonly pageSize: number | undefined;
    };

const pageSize = fc.constantFrom(undefined, 1, 2, 50, 10_000);

/** One of them, with its weight beside the other kinds. */
export const readingSteps: readonly fc.WeightedArbitrary<ReadingStep>[] = [
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constantFrom('GetFunction' as const, 'GetFunctionConfiguration' as const),
      of: reference,
      at: qualification,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('GetAlias' as const), of: reference, alias: fc.nat({ max: ALIASES.length - 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('GetAccountSettings' as const) }) },
];

/** The same for lists. */
export const listingSteps: readonly fc.WeightedArbitrary<ListingStep>[] = [
  { weight: 2, arbitrary: fc.record({ op: fc.constant('ListFunctions' as const), all: fc.boolean(), pageSize }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('ListVersionsByFunction' as const), of: reference, pageSize }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('ListAliases' as const),
      of: reference,
      version: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
      pageSize,
    }),
  },
];

/** What a step sends, and what must come of it. */
export function planReadingStep(model: Model, step: ReadingStep): Plan {
  switch (step.op) {
    case 'GetFunction':
    case 'GetFunctionConfiguration':
      return readFunction(model, step);
    case 'GetAlias':
      return readAlias(model, step);
    case 'GetAccountSettings':
      return { operation: step.op, input: {}, expected: { status: 200, take: (json) => checkAccount(json, model) } };
  }
}

function readFunction(model: Model, step: ReadingStep & { op: 'GetFunction' | 'GetFunctionConfiguration' }): Plan {
  const { name, qualifier, input, refusal, found } = targetOf(model, step.of, step.at);
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  if (refusal) return plan({ fails: [refusal] });
  const version = found?.version(qualifier);
  if (!found || !version) return plan({ fails: [notFound(`Function not found: ${model.arn(name, qualifier)}`)] });
  if (step.op === 'GetFunctionConfiguration')
    return plan({ status: 200, take: (json) => model.checkConfiguration(json, version, name, qualifier) });
  return plan({
    status: 200,
    take: (json) => {
      const { Configuration, Code, ...rest } = json as { Configuration: Members; Code: Members };
      model.checkConfiguration(Configuration, version, name, qualifier);
      assert.deepEqual(Code, { RepositoryType: 'S3', Location: Code['Location'] });
      assert.match(String(Code['Location']), /^http:\/\//);
      assert.deepEqual(rest, {
        ...(Object.keys(found.tags).length > 0 ? { Tags: found.tags } : {}),
        ...(found.reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: found.reserved } }),
      });
    },
  });
}

function readAlias(model: Model, step: ReadingStep & { op: 'GetAlias' }): Plan {
  const { name } = step.of;
  const { text, refusal } = nameOf(model, step.of);
  const alias = ALIASES[step.alias] ?? '';
  const input = { FunctionName: text, Name: alias };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  if (refusal) return plan({ fails: [refusal] });
  const found = model.functions.get(name)?.aliases.get(alias);
  const missing = [notFound(`Cannot find alias arn: ${model.arn(name, alias)}`)];
  // Whether the function or the alias is told as missing when both are is not known.
  if (!model.functions.has(name)) missing.push(notFound(`Function not found: ${model.arn(name)}`));
  if (!found) return plan({ fails: missing });
  return plan({ status: 200, take: (json) => checkAlias(json, model, name, found) });
}

/** Holds what the account is told to use against the sum of everything. */
export function checkAccount(json: Members, model: Model): void {
  const { AccountUsage, AccountLimit } = json as { AccountUsage: Members; AccountLimit: Members };
  const functions = [...model.functions.values()];
  const versions = functions.flatMap((one) => one.allVersions);
  assert.deepEqual(AccountUsage, {
    FunctionCount: functions.length,
    TotalCodeSize: versions.reduce((sum, { members }) => sum + Number(members['CodeSize']), 0),
  });
  const reserved = functions.reduce((sum, one) => sum + (one.reserved ?? 0), 0);
  assert.equal(AccountLimit['UnreservedConcurrentExecutions'], Number(AccountLimit['ConcurrentExecutions']) - reserved);
}

/** Reads a list to its end and holds it against the model. */
export async function runListingStep(model: Model, lambda: RawLambda, step: ListingStep): Promise<void> {
  switch (step.op) {
    case 'ListFunctions':
      return listFunctions(model, lambda, step);
    case 'ListVersionsByFunction': {
      const found = model.functions.get(step.of.name);
      const { text, refusal } = nameOf(model, step.of);
      const items = await pages(lambda, step.op, { FunctionName: text }, 'Versions', step.pageSize, 50);
      if (!items || !found || refusal) return assert.equal(items, found && !refusal ? [] : undefined);
      const { allVersions } = found;
      assert.deepEqual(numbers(items), numbers(allVersions.map(({ number }) => ({ Version: number }))));
      for (const [index, version] of allVersions.entries())
        model.checkListed(items[index] ?? {}, version, found.name, version.number);
      return;
    }
    case 'ListAliases':
      return listAliases(model, lambda, step);
  }
}

async function listFunctions(model: Model, lambda: RawLambda, step: ListingStep & { op: 'ListFunctions' }): Promise<void> {
  const input = step.all ? { FunctionVersion: 'ALL' } : {};
  const items = (await pages(lambda, step.op, input, 'Functions', step.pageSize, 50)) ?? [];
  // In which order functions come is not promised.
  const sorted = items.toSorted((a, b) => (String(a['FunctionName']) < String(b['FunctionName']) ? -1 : 1));
  const expected = model.sortedFunctions.flatMap((found) =>
    (step.all ? found.allVersions : [found.latest]).map((version) => ({ found, version })),
  );
  assert.deepEqual(
    sorted.map((item) => `${String(item['FunctionName'])}:${String(item['Version'])}`),
    expected.map(({ found, version }) => `${found.name}:${version.number}`),
  );
  for (const [index, { found, version }] of expected.entries())
    model.checkListed(sorted[index] ?? {}, version, found.name, step.all ? version.number : undefined);
}

async function listAliases(model: Model, lambda: RawLambda, step: ListingStep & { op: 'ListAliases' }): Promise<void> {
  const found = model.functions.get(step.of.name);
  const { text, refusal } = nameOf(model, step.of);
  const wanted = step.version === undefined ? undefined : versionNumber(found, step.version);
  const input = { FunctionName: text, ...(wanted === undefined ? {} : { FunctionVersion: wanted }) };
  const items = await pages(lambda, step.op, input, 'Aliases', step.pageSize, 50);
  if (!items || !found || refusal) return assert.equal(items, found && !refusal ? [] : undefined);
  const points = ({ version, second }: ModelAlias): boolean =>
    wanted === undefined || version === wanted || second?.version === wanted;
  const expected = [...found.aliases.values()].filter(points).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(
    items.map((item) => item['Name']),
    expected.map(({ name }) => name),
  );
  for (const [index, alias] of expected.entries()) checkAlias(items[index] ?? {}, model, found.name, alias);
}

function numbers(items: readonly Members[]): unknown[] {
  return items.map((item) => item['Version']);
}

/** All items of a list; undefined when the operation says that the function is not there, or is another's. */
async function pages(
  lambda: RawLambda,
  operation: string,
  input: Members,
  member: string,
  size: number | undefined,
  sizeMax: number,
): Promise<Members[] | undefined> {
  const items: Members[] = [];
  let marker: unknown;
  do {
    const paging = { ...(size === undefined ? {} : { MaxItems: size }), ...(marker === undefined ? {} : { Marker: marker }) };
    const { status, json, error } = await lambda.call(operation, { ...input, ...paging });
    if (error) {
      assert.ok(status === 404 || status === 403, `${status} ${JSON.stringify(error)}`);
      return undefined;
    }
    const page = json[member] as Members[];
    assert.ok(page.length <= Math.min(size ?? sizeMax, sizeMax), `a page of ${page.length}`);
    items.push(...page);
    marker = json['NextMarker'];
  } while (marker !== undefined);
  return items;
}

/** Waits until everything of a function is ready, holding each answer on the way against the model. */
export async function settle(model: Model, lambda: RawLambda, name: string): Promise<void> {
  for (const version of model.functions.get(name)?.allVersions ?? []) {
    const qualifier = version.number === LATEST ? undefined : version.number;
    const input = { FunctionName: name, ...(qualifier === undefined ? {} : { Qualifier: qualifier }) };
    while (version.state !== 'ready') {
      const { json, error } = await lambda.call('GetFunctionConfiguration', input);
      assert.equal(error, undefined);
      model.checkConfiguration(json, version, name, qualifier);
    }
  }
}
