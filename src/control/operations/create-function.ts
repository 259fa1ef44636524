import type { CreateFunctionRequest, FunctionConfiguration } from '@aws-sdk/client-lambda';
import { takePackage } from '../../code/package-intake.ts';
import { functionArn, parseFunctionName } from '../../model/arn.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import { RevisionConflict } from '../../ports/metadata-store.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import { lastModified, runtimeVersionArn } from '../configuration.ts';
import type { ControlContext } from '../control-context.ts';
import { type FunctionDocument, functionKey, LATEST, type VersionDocument, versionKey } from '../documents.ts';
import { findFunction } from '../function-store.ts';
import { checkSettings, invalid, mergeLogging } from '../settings-checks.ts';
import { refuseUnsupported } from '../unsupported-members.ts';

const NAME_LENGTH_MAX = 64;
const TAGS_MAX = 50;

/** Creates a function; it answers `Pending` and becomes `Active` in the background. */
export async function createFunction(
  control: ControlContext,
  input: CreateFunctionRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  checkName(functionName, qualifier);
  refuseUnsupported({ ...input.Code, ...input }, control.architecture);
  checkSettings(input);
  if (!input.Runtime || !input.Handler) {
    throw invalid('Runtime and handler are mandatory parameters for functions created with deployment packages.');
  }
  if (Object.keys(input.Tags ?? {}).length > TAGS_MAX) throw invalid('Number of tags exceeds resource tag limit.');
  if (await findFunction(control.store, context, functionName)) throw alreadyExists(functionName);
  const taken = await takePackage(control.packages, codeOf(input), context);
  const shared: FunctionDocument = {
    FunctionName: functionName,
    nextVersion: input.Publish ? 2 : 1,
    ...(input.Tags ? { tags: input.Tags } : {}),
  };
  const configuration = configurationOf(control, input, context, functionName, taken);
  const latest: VersionDocument = { configuration, codeBlobId: taken.blobId };
  const first: VersionDocument = { ...latest, configuration: { ...configuration, Version: '1', RevisionId: control.ids.uuid() } };
  try {
    await control.store.commit([
      { put: functionKey(context, functionName), body: shared, expect: 'absent' },
      { put: versionKey(context, functionName, LATEST), body: latest, expect: 'absent' },
      ...(input.Publish ? [{ put: versionKey(context, functionName, '1'), body: first }] : []),
    ]);
  } catch (error) {
    if (error instanceof RevisionConflict) throw alreadyExists(functionName);
    throw error;
  }
  control.changed(context, functionName);
  return { output: input.Publish ? first.configuration : configuration };
}

function codeOf(input: CreateFunctionRequest): { ZipFile?: Buffer } {
  return (input.Code ?? {}) as { ZipFile?: Buffer };
}

function checkName(functionName: string, qualifier: string | undefined): void {
  if (qualifier !== undefined) throw invalid('The function name can not hold a qualifier.');
  if (functionName.length > NAME_LENGTH_MAX) {
    throw invalid(
      `1 validation error detected: Value '${functionName}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to ${NAME_LENGTH_MAX}`,
    );
  }
}

function alreadyExists(functionName: string): Error {
  return lambdaError('ResourceConflictException', `Function already exist: ${functionName}`);
}

function configurationOf(
  control: ControlContext,
  input: CreateFunctionRequest,
  context: RequestContext,
  functionName: string,
  taken: { readonly sizeBytes: number; readonly codeSha256: string },
): FunctionConfiguration {
  return {
    FunctionName: functionName,
    FunctionArn: functionArn(context, functionName),
    Runtime: input.Runtime,
    Role: input.Role,
    Handler: input.Handler,
    CodeSize: taken.sizeBytes,
    Description: input.Description ?? '',
    Timeout: input.Timeout ?? 3,
    MemorySize: input.MemorySize ?? 128,
    LastModified: lastModified(control.clock.now()),
    CodeSha256: taken.codeSha256,
    Version: LATEST,
    ...(input.Environment ? { Environment: { Variables: input.Environment.Variables ?? {} } } : {}),
    TracingConfig: { Mode: 'PassThrough' },
    RevisionId: control.ids.uuid(),
    State: 'Pending',
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating',
    PackageType: 'Zip',
    Architectures: input.Architectures ?? [control.architecture],
    EphemeralStorage: { Size: input.EphemeralStorage?.Size ?? 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(context.region, input.Runtime ?? '') },
    LoggingConfig: mergeLogging(undefined, input.LoggingConfig, functionName),
  };
}
