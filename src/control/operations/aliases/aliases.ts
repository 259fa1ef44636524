import type {
  AliasRoutingConfiguration,
  CreateAliasRequest,
  DeleteAliasRequest,
  GetAliasRequest,
  ListAliasesRequest,
  UpdateAliasRequest,
} from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import {
  type AliasDocument,
  aliasKey,
  FUNCTION_OWNED_KINDS,
  LATEST,
  scopedKey,
  type VersionDocument,
  versionKey,
  write,
} from '../../documents.ts';
import { checkRevision, commitOptimistically, functionNotFound, getFunction } from '../../function-store.ts';
import { type FunctionUrlDocument, urlIdRelease } from '../../function-urls.ts';
import { listPage } from '../../paging.ts';
import { invalid } from '../../settings/invalid.ts';

const PAGE_MAX = 50;

/** Gives a version a name. */
export async function createAlias(
  control: ControlContext,
  input: CreateAliasRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  const name = input.Name ?? '';
  const arn = functionArn(context, functionName, name);
  const output = await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName);
    await checkTarget(control, context, functionName, input.FunctionVersion ?? '', input.RoutingConfig);
    if (await control.store.get(aliasKey(context, functionName, name))) {
      throw lambdaError('ResourceConflictException', `Alias already exists: ${arn}`);
    }
    const { account, region } = context;
    const { documents } = await control.store.totals({ account, region, kind: 'alias', prefix: `${functionName}/` });
    if (documents >= control.limits.aliasesPerFunction)
      throw lambdaError('AliasLimitExceededException', `The function has ${documents} aliases, which is the limit.`);
    const body: AliasDocument = {
      AliasArn: arn,
      Name: name,
      FunctionVersion: input.FunctionVersion,
      Description: input.Description ?? '',
      ...routing(input.RoutingConfig),
      RevisionId: control.ids.uuid(),
    };
    return {
      changes: [write(aliasKey(context, functionName, name), body, 'absent'), write(shared.key, shared.body, shared.revision)],
      result: body,
    };
  });
  control.changed(context, functionName);
  return { output };
}

/** Points an alias elsewhere, or changes how it splits its traffic. */
export async function updateAlias(
  control: ControlContext,
  input: UpdateAliasRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  const name = input.Name ?? '';
  const output = await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName);
    const alias = await control.store.get<AliasDocument>(aliasKey(context, functionName, name));
    if (!alias) throw lambdaError('ResourceNotFoundException', `Alias not found: ${functionArn(context, functionName, name)}`);
    checkRevision(input.RevisionId, alias.body.RevisionId);
    const { RoutingConfig: before, ...kept } = alias.body;
    const FunctionVersion = input.FunctionVersion ?? alias.body.FunctionVersion ?? '';
    const RoutingConfig = input.RoutingConfig ?? before;
    await checkTarget(control, context, functionName, FunctionVersion, RoutingConfig);
    const body: AliasDocument = {
      ...kept,
      FunctionVersion,
      Description: input.Description ?? alias.body.Description,
      ...routing(RoutingConfig),
      RevisionId: control.ids.uuid(),
    };
    return {
      changes: [write(alias.key, body, alias.revision), write(shared.key, shared.body, shared.revision)],
      result: body,
    };
  });
  control.changed(context, functionName);
  return { output };
}

/** One alias. */
export async function getAlias(
  control: ControlContext,
  input: GetAliasRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  const alias = await control.store.get<AliasDocument>(aliasKey(context, functionName, input.Name ?? ''));
  if (!alias) throw aliasNotFound(context, functionName, input.Name ?? '');
  return { output: alias.body };
}

/** The aliases of a function, or those of one of its versions. */
export async function listAliases(
  control: ControlContext,
  input: ListAliasesRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  await getFunction(control.store, context, functionName);
  const { items, NextMarker } = await listPage<AliasDocument>(
    control.store,
    context,
    { kind: 'alias', prefix: `${functionName}/` },
    input,
    PAGE_MAX,
  );
  const wanted = input.FunctionVersion;
  const matching =
    wanted === undefined
      ? items
      : items.filter(
          ({ body }) => body.FunctionVersion === wanted || wanted in (body.RoutingConfig?.AdditionalVersionWeights ?? {}),
        );
  return { output: { Aliases: matching.map(({ body }) => body), NextMarker } };
}

/** Deletes an alias with all that belongs to it; one that is not there is deleted already. */
export async function deleteAlias(
  control: ControlContext,
  input: DeleteAliasRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  const name = input.Name ?? '';
  const owned = FUNCTION_OWNED_KINDS.filter((kind) => kind !== 'function-version' && kind !== 'alias');
  await commitOptimistically(control.store, async () => {
    await getFunction(control.store, context, functionName);
    const alias = await control.store.get<AliasDocument>(aliasKey(context, functionName, name));
    if (!alias) return { changes: [], result: undefined };
    const url = await control.store.get<FunctionUrlDocument>(scopedKey(context, 'function-url', functionName, name));
    return {
      changes: [
        // What is made for the alias at the same moment must see, or be seen by, this deletion.
        { remove: alias.key, expect: alias.revision },
        ...owned.map((kind) => ({ remove: scopedKey(context, kind, functionName, name) })),
        ...urlIdRelease(url?.body),
      ],
      result: undefined,
    };
  });
  control.changed(context, functionName);
  return { output: {} };
}

/** The error for an alias that is not there. */
export function aliasNotFound(context: RequestContext, functionName: string, alias: string): Error {
  return lambdaError('ResourceNotFoundException', `Cannot find alias arn: ${functionArn(context, functionName, alias)}`);
}

function routing(config: AliasRoutingConfiguration | undefined): { RoutingConfig?: AliasRoutingConfiguration } {
  const weights = config?.AdditionalVersionWeights ?? {};
  return Object.keys(weights).length === 0 ? {} : { RoutingConfig: { AdditionalVersionWeights: weights } };
}

async function checkTarget(
  control: ControlContext,
  context: RequestContext,
  functionName: string,
  version: string,
  config: AliasRoutingConfiguration | undefined,
): Promise<void> {
  const additional = Object.keys(config?.AdditionalVersionWeights ?? {});
  if (additional.length > 1) throw invalid('Number of items in AdditionalVersionWeights cannot be greater than 1');
  if (additional.length > 0 && version === LATEST) {
    throw lambdaError('InvalidParameterValueException', '$LATEST is not supported for an alias pointing to more than 1 version', {
      typeMember: false,
    });
  }
  if (additional.includes(version)) {
    throw invalid(
      `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
    );
  }
  const roles = new Set<string | undefined>();
  const deadLetters = new Set<string | undefined>();
  for (const number of [version, ...additional]) {
    const found = await control.store.get<VersionDocument>(versionKey(context, functionName, number));
    if (!found) throw functionNotFound(context, functionName, number);
    roles.add(found.body.configuration.Role);
    deadLetters.add(found.body.configuration.DeadLetterConfig?.TargetArn);
  }
  // Source: Lambda's page on weighted aliases.
  if (roles.size > 1) throw invalid('Both versions of a weighted alias must have the same execution role.');
  if (deadLetters.size > 1) throw invalid('Both versions of a weighted alias must have the same dead-letter configuration.');
}
