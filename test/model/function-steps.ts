import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Members } from '../raw/raw-lambda.ts';
import { conflict, type Expected, type ExpectedError, invalid, notFound, outdated, type Plan } from './expectation.ts';
import { LATEST, type Model, ModelFunction, ModelVersion } from './model.ts';
import { EMPTY_PACKAGE, PACKAGES, USUAL_PACKAGES } from './packages.ts';
import { nameOf, type Reference, reference, targetOf, type Qualification, qualification } from './references.ts';
import { defaultMembers, type Flaw, ROLE, type Settings, settingFlaws, settings, withSettings } from './settings.ts';

const CODE_FLAWS: readonly Flaw[] = [
  {
    input: { ZipFile: Buffer.from('no zip at all') },
    error: invalid('Could not unzip uploaded file. Please check your file, then try to upload again.'),
    isShape: false,
  },
  { input: { ZipFile: EMPTY_PACKAGE }, error: invalid('Uploaded file must be a non-empty zip'), isShape: false },
  { input: { ZipFile: undefined }, error: invalid('Please provide a source for function code.'), isShape: false },
];
const MANY_TAGS = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`tag${n}`, '']));
const CREATE_FLAWS: readonly Flaw[] = [
  ...settingFlaws,
  ...CODE_FLAWS.map(({ input, error }) => ({ input: { Code: input }, error, isShape: false })),
  { input: { Tags: MANY_TAGS }, error: invalid('Number of tags exceeds resource tag limit.'), isShape: false },
  { input: { Handler: undefined }, error: invalid(), isShape: false },
];
const LONG_NAME = 'n'.repeat(65);
const LONG_NAME_ERROR = invalid(
  `1 validation error detected: Value '${LONG_NAME}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
);

const flawOf = (flaws: readonly Flaw[]): fc.Arbitrary<number | undefined> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat({ max: flaws.length - 1 }) });
/** Which revision a request gives: none, the one that is right, or one that is not. */
const givenRevision = fc.constantFrom('none' as const, 'none' as const, 'none' as const, 'right' as const, 'wrong' as const);
export const OTHER_REVISION = '00000000-0000-4000-8000-000000000000';

/** Whole functions are deleted more seldom than versions: all else needs them. */
const mostlyQualified = fc.oneof(
  { weight: 7, arbitrary: qualification.map((at) => (at.kind === 'none' ? { ...at, kind: 'version' as const } : at)) },
  { weight: 1, arbitrary: qualification },
);

/** Steps that change functions. */
export type FunctionStep =
  | {
      readonly op: 'CreateFunction';
      readonly of: Reference;
      readonly code: number;
      readonly with: Settings;
      readonly flaw: number | undefined;
      readonly publish: boolean;
      readonly tags: Readonly<Record<string, string>> | undefined;
      readonly longName: boolean;
    }
  | {
      readonly op: 'UpdateFunctionCode';
      readonly of: Reference;
      readonly code: number;
      readonly flaw: number | undefined;
      readonly publish: boolean;
      readonly dryRun: boolean;
      readonly revision: 'none' | 'right' | 'wrong';
    }
  | {
      readonly op: 'UpdateFunctionConfiguration';
      readonly of: Reference;
      readonly with: Settings;
      readonly flaw: number | undefined;
      readonly revision: 'none' | 'right' | 'wrong';
    }
  | {
      readonly op: 'PublishVersion';
      readonly of: Reference;
      readonly description: string | undefined;
      readonly sha: 'none' | 'right' | 'wrong';
      readonly revision: 'none' | 'right' | 'wrong';
    }
  | { readonly op: 'DeleteFunction'; readonly of: Reference; readonly at: Qualification };

const rarely = fc.constantFrom(false, false, false, false, false, false, false, true);

/** One of them, with its weight beside the other kinds. */
export const functionSteps: readonly fc.WeightedArbitrary<FunctionStep>[] = [
  {
    weight: 9,
    arbitrary: fc.record({
      op: fc.constant('CreateFunction' as const),
      of: reference,
      code: fc.nat({ max: USUAL_PACKAGES - 1 }),
      with: settings,
      flaw: flawOf(CREATE_FLAWS),
      publish: fc.boolean(),
      tags: fc.constantFrom<Readonly<Record<string, string>> | undefined>(undefined, {}, { team: 'a', 'cost:centre': 'ü 1' }),
      longName: rarely,
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      op: fc.constant('UpdateFunctionCode' as const),
      of: reference,
      code: fc.nat({ max: USUAL_PACKAGES - 1 }),
      flaw: flawOf(CODE_FLAWS),
      publish: fc.boolean(),
      dryRun: rarely,
      revision: givenRevision,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      op: fc.constant('UpdateFunctionConfiguration' as const),
      of: reference,
      with: settings,
      flaw: flawOf(settingFlaws),
      revision: givenRevision,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      op: fc.constant('PublishVersion' as const),
      of: reference,
      description: fc.constantFrom(undefined, undefined, '', 'published'),
      sha: fc.constantFrom('none' as const, 'none' as const, 'right' as const, 'wrong' as const),
      revision: givenRevision,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('DeleteFunction' as const), of: reference, at: mostlyQualified }),
  },
];

/** What a step sends, and what must come of it. */
export function planFunctionStep(model: Model, step: FunctionStep): Plan {
  switch (step.op) {
    case 'CreateFunction':
      return create(model, step);
    case 'UpdateFunctionCode':
      return updateCode(model, step);
    case 'UpdateFunctionConfiguration':
      return updateConfiguration(model, step);
    case 'PublishVersion':
      return publish(model, step);
    case 'DeleteFunction':
      return remove(model, step);
  }
}

function create(model: Model, step: FunctionStep & { op: 'CreateFunction' }): Plan {
  const { name } = step.of;
  const { text, refusal } = nameOf(model, step.of);
  const flaw = step.flaw === undefined ? undefined : CREATE_FLAWS[step.flaw];
  const code = PACKAGES[step.code] ?? fail();
  const input: Members = {
    FunctionName: step.longName ? LONG_NAME : text,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: ROLE,
    Code: { ZipFile: code.bytes },
    ...step.with,
    ...(step.publish ? { Publish: true } : {}),
    ...(step.tags ? { Tags: step.tags } : {}),
    ...flaw?.input,
  };
  const early = flaw?.isShape ? flaw.error : step.longName ? LONG_NAME_ERROR : refusal;
  const exists = model.functions.has(name) ? conflict(`Function already exist: ${name}`) : undefined;
  const error = early ?? exists ?? flaw?.error;
  if (error) return { operation: step.op, input, expected: { fails: [error] } };
  const take = (json: Members): void => {
    const members = { ...withSettings(defaultMembers(name), step.with), ...code.members };
    const made = new ModelFunction(name, new ModelVersion(LATEST, members, 'creating'));
    made.tags = { ...step.tags };
    if (step.publish) made.versions.set('1', new ModelVersion('1', members, 'creating', members));
    if (step.publish) made.nextVersion = 2;
    model.functions.set(name, made);
    // Published in one go, the version is answered, but with the ARN of the function.
    model.checkConfiguration(json, step.publish ? (made.versions.get('1') ?? fail()) : made.latest, name, undefined);
  };
  return { operation: step.op, input, expected: { status: 201, take } };
}

function updateCode(model: Model, step: FunctionStep & { op: 'UpdateFunctionCode' }): Plan {
  const flaw = step.flaw === undefined ? undefined : CODE_FLAWS[step.flaw];
  const code = PACKAGES[step.code] ?? fail();
  const change = (found: ModelFunction, json: Members): void => {
    if (step.dryRun) return assert.equal(json['CodeSha256'], code.members.CodeSha256);
    startUpdate(found.latest, { ...found.latest.members, ...code.members });
    const published = step.publish ? publishLatest(found, undefined, 'creating') : undefined;
    model.checkConfiguration(json, published ?? found.latest, found.name, published?.number);
  };
  const input = {
    ZipFile: code.bytes,
    ...(step.publish ? { Publish: true } : {}),
    ...(step.dryRun ? { DryRun: true } : {}),
    ...flaw?.input,
  };
  return changing(model, step, input, flaw, 200, change);
}

function updateConfiguration(model: Model, step: FunctionStep & { op: 'UpdateFunctionConfiguration' }): Plan {
  const flaw = step.flaw === undefined ? undefined : settingFlaws[step.flaw];
  return changing(model, step, { ...step.with, ...flaw?.input }, flaw, 200, (found, json) => {
    startUpdate(found.latest, withSettings(found.latest.members, step.with));
    model.checkConfiguration(json, found.latest, found.name, undefined);
  });
}

function publish(model: Model, step: FunctionStep & { op: 'PublishVersion' }): Plan {
  const current = String(model.functions.get(step.of.name)?.latest.members['CodeSha256']);
  const input = {
    ...(step.description === undefined ? {} : { Description: step.description }),
    ...(step.sha === 'none' ? {} : { CodeSha256: step.sha === 'right' ? current : 'AAAA' }),
  };
  const flaw: Flaw | undefined =
    step.sha === 'wrong'
      ? {
          input: {},
          error: invalid(
            `CodeSHA256 (AAAA) is different from current CodeSHA256 in $LATEST (${current}). Please try again with the CodeSHA256 in $LATEST.`,
          ),
          isShape: false,
        }
      : undefined;
  return changing(model, step, input, flaw, 201, (found, json) => {
    const before = found.nextVersion;
    const published = publishLatest(found, step.description, 'ready');
    if (found.nextVersion !== before) found.latest.revision.change();
    model.checkConfiguration(json, published, found.name, published.number);
  });
}

/** What every change of `$LATEST` has in common: the revision that may be given, and states in which nothing can be changed. */
function changing(
  model: Model,
  step: { readonly op: string; readonly of: Reference; readonly revision: 'none' | 'right' | 'wrong' },
  members: Members,
  flaw: Flaw | undefined,
  status: number,
  change: (found: ModelFunction, json: Members) => void,
): Plan {
  const { text, refusal } = nameOf(model, step.of);
  const found = model.functions.get(step.of.name);
  const isUnderWay = found !== undefined && found.latest.state !== 'ready';
  // The right one may be another at any moment while the function is on its way.
  const right = isUnderWay ? undefined : found?.latest.revision.known;
  const RevisionId = step.revision === 'wrong' ? OTHER_REVISION : step.revision === 'right' ? right : undefined;
  const input = { ...members, FunctionName: text, ...(RevisionId === undefined ? {} : { RevisionId }) };
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  if (flaw?.isShape) return plan({ fails: [flaw.error] });
  if (refusal) return plan({ fails: [refusal] });
  if (!found) return plan({ fails: [notFound(`Function not found: ${model.arn(step.of.name)}`)] });
  if (step.revision === 'wrong') return plan({ fails: [outdated()] });
  const busy = isUnderWay ? [busyError(model, found)] : [];
  if (flaw) return plan({ fails: [...busy, flaw.error] });
  return plan({
    status,
    orFails: busy,
    take: (json) => {
      found.latest.becomeReady();
      change(found, json);
    },
  });
}

function busyError(model: Model, { name, latest }: ModelFunction): ExpectedError {
  const why =
    latest.state === 'creating'
      ? 'The function is currently in the following state: Pending'
      : `An update is in progress for resource: ${model.arn(name)}`;
  return conflict(`The operation cannot be performed at this time. ${why}`);
}

function startUpdate(latest: ModelVersion, members: Members): void {
  latest.members = members;
  latest.state = 'updating';
  latest.revision.change();
  latest.modified.change();
}

/** The next version, or the last one when nothing of `$LATEST` has changed since it was published. */
function publishLatest(found: ModelFunction, description: string | undefined, state: 'ready' | 'creating'): ModelVersion {
  const { latest, nextVersion } = found;
  const last = found.versions.get(String(nextVersion - 1));
  if (last && isDeepStrictEqual(last.source, latest.members)) return last;
  const members = { ...latest.members, ...(description === undefined ? {} : { Description: description }) };
  const version = new ModelVersion(String(nextVersion), members, state, latest.members);
  found.versions.set(version.number, version);
  found.nextVersion += 1;
  return version;
}

function remove(model: Model, step: FunctionStep & { op: 'DeleteFunction' }): Plan {
  const { name, qualifier, input, refusal, found } = targetOf(model, step.of, step.at);
  const plan = (expected: Expected): Plan => ({ operation: step.op, input, expected });
  if (refusal) return plan({ fails: [refusal] });
  if (!found) return plan({ fails: [notFound(`Function not found: ${model.arn(name)}`)] });
  if (qualifier === undefined) return plan({ status: 204, take: () => void model.functions.delete(name) });
  if (step.at.kind === 'latest')
    return plan({ fails: [invalid('$LATEST version cannot be deleted without deleting the function.')] });
  if (step.at.kind === 'alias') return plan({ fails: [invalid('Deletion of aliases is not currently supported.')] });
  const referring = [...found.aliases.values()]
    .filter((alias) => alias.version === qualifier || alias.second?.version === qualifier)
    .map((alias) => alias.name)
    .toSorted();
  if (referring.length > 0)
    return plan({
      fails: [conflict(`Unable to delete version because the following aliases reference it: [${referring.join(', ')}]`)],
    });
  return plan({ status: 204, take: () => void found.versions.delete(qualifier) });
}

function fail(): never {
  throw new Error('the model is wrong about itself');
}
