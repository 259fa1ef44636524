import type { CreateFunctionRequest, FunctionConfiguration } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import { lambdaError } from '../../../model/lambda-errors.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { getUsedProvider, providerUse } from '../../capacity-providers.ts';
import { checkCodeStorage, checkUnzipped, takeCode } from '../../code-intake.ts';
import { checkCodeSigning, codeSigningUse, configForFunction } from '../../code-signing.ts';
import type { ControlContext } from '../../control-context.ts';
import { type FunctionDocument, functionKey, LATEST, type VersionDocument, versionKey, write } from '../../documents.ts';
import { commitOptimistically, findFunction } from '../../function-store.ts';
import { resolveLayers } from '../../layers.ts';
import { checkSettings } from '../../settings/check-settings.ts';
import { invalid } from '../../settings/invalid.ts';
import { checkTags } from '../tags/tags.ts';
import { newConfiguration } from './new-configuration.ts';

const NAME_LENGTH_MAX = 64;

/** Creates a function; it answers `Pending` and becomes `Active` in the background. */
export async function createFunction(
  control: ControlContext,
  input: CreateFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  checkName(functionName, qualifier);
  if (await findFunction(control.store, context, functionName)) throw alreadyExists(functionName);
  checkMembers(input);
  checkSettings(input);
  const layers = await resolveLayers(control, context, input.Layers ?? []);
  await checkCodeSigning(control, context, input.CodeSigningConfigArn);
  if (input.CapacityProviderConfig) await getUsedProvider(control, context, input.CapacityProviderConfig);
  const { origin, codeBlobId, unzippedBytes, ...code } = await takeCode(control, input.Code ?? {}, context);
  checkUnzipped(unzippedBytes, layers.layerUnzippedBytes);
  await checkCodeStorage(control, context, code.CodeSize * (publishes(input) ? 2 : 1));
  const configuration = newConfiguration(control, input, context, functionName, { ...code, Layers: layers.Layers });
  const latest: VersionDocument = {
    configuration,
    codeBlobId,
    unzippedBytes,
    layerBlobIds: layers.layerBlobIds,
    layerUnzippedBytes: layers.layerUnzippedBytes,
    ...(origin ? { origin } : {}),
  };
  const published = publishedVersion(control, input, latest);
  await store(control, context, sharedOf(input, functionName), latest, published);
  control.changed(context, functionName);
  return { output: published?.configuration ?? configuration };
}

function sharedOf(input: CreateFunctionRequest, functionName: string): FunctionDocument {
  return {
    FunctionName: functionName,
    nextVersion: input.Publish && input.PublishTo === undefined ? 2 : 1,
    ...(input.Tags ? { tags: input.Tags } : {}),
    ...(input.CodeSigningConfigArn ? { codeSigningConfigArn: input.CodeSigningConfigArn } : {}),
  };
}

function publishes(input: CreateFunctionRequest): boolean {
  return input.Publish === true || input.PublishTo !== undefined;
}

function publishedVersion(
  control: ControlContext,
  input: CreateFunctionRequest,
  latest: VersionDocument,
): VersionDocument | undefined {
  if (!publishes(input)) return undefined;
  const Version = input.PublishTo === undefined ? '1' : '$LATEST.PUBLISHED';
  return { ...latest, configuration: { ...latest.configuration, Version, RevisionId: control.ids.uuid() } };
}

async function store(
  control: ControlContext,
  context: RequestContext,
  shared: FunctionDocument,
  latest: VersionDocument,
  published: VersionDocument | undefined,
): Promise<void> {
  const { FunctionName: name, codeSigningConfigArn: signing } = shared;
  const { Version = '' }: FunctionConfiguration = published?.configuration ?? {};
  await commitOptimistically(control.store, async () => {
    if (await findFunction(control.store, context, name)) throw alreadyExists(name);
    return {
      changes: [
        write(functionKey(context, name), shared, 'absent'),
        write(versionKey(context, name, LATEST), latest, 'absent'),
        ...(published ? [write(versionKey(context, name, Version), published, 'absent')] : []),
        ...(await providerUse(control, context, published?.configuration ?? {})),
        ...(signing ? codeSigningUse(await configForFunction(control, context, signing), name) : []),
      ],
      result: undefined,
    };
  });
}

function checkName(functionName: string, qualifier: string | undefined): void {
  if (qualifier !== undefined) throw invalid('The function name can not hold a qualifier.');
  if (functionName.length > NAME_LENGTH_MAX) {
    throw invalid(
      `1 validation error detected: Value '${functionName}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${NAME_LENGTH_MAX}`,
    );
  }
}

/** What belongs to zips and what to images, and what only some functions may ask for. */
function checkMembers(input: CreateFunctionRequest): void {
  if (input.PackageType === 'Image') {
    if (!input.Code?.ImageUri) throw invalid('Please provide ImageUri when creating a function with packageType Image.');
    if (input.Runtime || input.Handler || (input.Layers ?? []).length > 0)
      throw invalid('Please do not provide Runtime, Handler or Layers when creating a function with packageType Image.');
    if (input.CodeSigningConfigArn) throw invalid('Code signing is not supported for functions with packageType Image.');
  } else {
    if (input.Code?.ImageUri) throw invalid("Please don't provide ImageUri when creating a function with packageType Zip.");
    if (input.ImageConfig) throw invalid("Please don't provide ImageConfig when creating a function with packageType Zip.");
    if (!input.Runtime || !input.Handler)
      throw invalid('Runtime and handler are mandatory parameters for functions created with deployment packages.');
  }
  checkTags(input.Tags);
  if (input.PublishTo !== undefined && !input.CapacityProviderConfig)
    throw invalid('PublishTo is supported for functions with a capacity provider configuration alone.');
}

function alreadyExists(functionName: string): Error {
  return lambdaError('ResourceConflictException', `Function already exist: ${functionName}`);
}
