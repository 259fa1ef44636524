import type { FunctionCodeLocation, GetFunctionRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { answerConfiguration } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { type FunctionDocument, functionKey, type VersionDocument } from '../../documents.ts';
import { getVersion } from '../../function-store.ts';

/** A function's configuration, where its code can be downloaded, and its tags. */
export async function getFunctionOperation(
  control: ControlContext,
  input: GetFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const { version } = await getVersion(control.store, context, functionName, qualifier);
  const shared = await control.store.get<FunctionDocument>(functionKey(context, functionName));
  const { tags, reservedConcurrency } = shared?.body ?? {};
  return {
    output: {
      Configuration: answerConfiguration(context, version.body, qualifier),
      Code: codeLocation(control, context, version.body),
      ...(tags && Object.keys(tags).length > 0 ? { Tags: tags } : {}),
      ...(reservedConcurrency === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
    },
  };
}

/** A function's configuration alone. */
export async function getFunctionConfiguration(
  control: ControlContext,
  input: GetFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const { version } = await getVersion(control.store, context, functionName, qualifier);
  return { output: answerConfiguration(context, version.body, qualifier) };
}

function codeLocation(control: ControlContext, context: RequestContext, version: VersionDocument): FunctionCodeLocation {
  const { origin, codeBlobId } = version;
  if (origin?.imageUri !== undefined)
    return { RepositoryType: 'ECR', ImageUri: origin.imageUri, ResolvedImageUri: origin.resolvedImageUri };
  return {
    RepositoryType: 'S3',
    Location: control.downloadUrl(context.origin, context.account, codeBlobId),
    ...(origin?.sourceKmsKeyArn ? { SourceKMSKeyArn: origin.sourceKmsKeyArn } : {}),
  };
}
