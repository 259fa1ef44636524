import type { FunctionConfiguration, UpdateFunctionCodeRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { checkCodeStorage, checkUnzipped, takeCode, type TakenCode } from '../../code-intake.ts';
import { checkCodeSigning } from '../../code-signing.ts';
import type { ControlContext } from '../../control-context.ts';
import { type VersionDocument, write } from '../../documents.ts';
import {
  checkChangeable,
  checkRevision,
  checkUnqualified,
  commitOptimistically,
  getFunction,
  type StoredFunction,
} from '../../function-store.ts';
import { publication } from '../../publication.ts';
import { invalid } from '../../settings/invalid.ts';
import { changingConfiguration } from './changing-configuration.ts';

/** Replaces the code of `$LATEST`; invokes run the code before it until the new one is ready. */
export async function updateFunctionCode(
  control: ControlContext,
  input: UpdateFunctionCodeRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const name = parseFunctionName(input.FunctionName ?? '', undefined, context);
  checkUnqualified(name);
  const { functionName } = name;
  const read = async (): Promise<StoredFunction> => {
    const found = await getFunction(control.store, context, functionName);
    checkRevision(input.RevisionId, found.latest.body.configuration.RevisionId);
    checkChangeable(context, found.latest.body);
    return found;
  };
  const before = await read();
  checkPackageType(input, before.latest.body.configuration);
  await checkCodeSigning(control, context, before.shared.body.codeSigningConfigArn);
  const taken = await takeCode(control, codeOf(input), context);
  const output = await commitOptimistically(control.store, async () => {
    const found = await read();
    const { shared, latest } = found;
    checkUnzipped(taken.unzippedBytes, latest.body.layerUnzippedBytes ?? []);
    const { configuration } = latest.body;
    const addedBytes = taken.CodeSize - (configuration.CodeSize ?? 0);
    await checkCodeStorage(control, context, addedBytes);
    const change = changeOf(input, taken);
    if (input.DryRun) return { changes: [], result: { ...configuration, ...change } };
    const changed = withCode(latest.body, taken, changingConfiguration(control, configuration, change));
    const { sourceDescription: _description, ...body } = changed;
    const put = write(latest.key, body, latest.revision);
    if (!input.Publish && input.PublishTo === undefined) return { changes: [put], result: body.configuration };
    const published = await publication(control, context, shared, body, {
      to: input.PublishTo,
      pending: true,
      addedBytes,
    });
    return { changes: [put, ...published.changes], result: published.answer };
  });
  if (!input.DryRun) control.changed(context, functionName);
  return { output };
}

function codeOf(input: UpdateFunctionCodeRequest): UpdateFunctionCodeRequest {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion, ImageUri, SourceKMSKeyArn } = input;
  return { ZipFile, S3Bucket, S3Key, S3ObjectVersion, ImageUri, SourceKMSKeyArn } as UpdateFunctionCodeRequest;
}

function checkPackageType(input: UpdateFunctionCodeRequest, configuration: FunctionConfiguration): void {
  const isImage = configuration.PackageType === 'Image';
  if (!isImage && input.ImageUri !== undefined)
    throw invalid("Please don't provide ImageUri when updating a function with packageType Zip.");
  if (isImage && input.ImageUri === undefined)
    throw invalid('Please provide ImageUri when updating a function with packageType Image.');
}

/** The members of the configuration that other code changes. */
function changeOf(input: UpdateFunctionCodeRequest, taken: TakenCode): FunctionConfiguration {
  return {
    CodeSha256: taken.CodeSha256,
    CodeSize: taken.CodeSize,
    ...(input.Architectures ? { Architectures: input.Architectures } : {}),
  };
}

function withCode(latest: VersionDocument, taken: TakenCode, configuration: FunctionConfiguration): VersionDocument {
  const { origin: _before, ...kept } = latest;
  return {
    ...kept,
    configuration,
    codeBlobId: taken.codeBlobId,
    unzippedBytes: taken.unzippedBytes,
    ...(taken.origin ? { origin: taken.origin } : {}),
  };
}
