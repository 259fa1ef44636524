import type {
  GetRuntimeManagementConfigRequest,
  PutRuntimeManagementConfigRequest,
  UpdateRuntimeOn,
} from '@aws-sdk/client-lambda';
import { functionArn, parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { ControlContext } from '../../control-context.ts';
import { isVersionNumber, LATEST, LATEST_PUBLISHED, scopedKey, write } from '../../documents.ts';
import { commitOptimistically, getFunction, getVersion } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';

/** When a version's runtime is updated; kind `runtime-management`. */
interface RuntimeManagementDocument {
  readonly updateRuntimeOn: UpdateRuntimeOn;
  /** With `Manual` alone. */
  readonly runtimeVersionArn?: string;
}

const DEFAULT: RuntimeManagementDocument = { updateRuntimeOn: 'Auto' };

/** Says when the runtime of `$LATEST` or of a published version is updated. */
export async function putRuntimeManagementConfig(
  control: ControlContext,
  input: PutRuntimeManagementConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = versionName(input, context);
  const document = await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName, qualifier);
    const { version } = await getVersion(control.store, context, functionName, qualifier);
    if (version.body.configuration.PackageType === 'Image')
      throw invalid('Runtime management is not supported for functions with packageType Image.');
    const body = checked(input);
    const key = scopedKey(context, 'runtime-management', functionName, qualifier ?? LATEST);
    return { changes: [write(key, body), write(shared.key, shared.body, shared.revision)], result: body };
  });
  return { output: answer(context, functionName, qualifier, document) };
}

/** The same, read. */
export async function getRuntimeManagementConfig(
  control: ControlContext,
  input: GetRuntimeManagementConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName, qualifier } = versionName(input, context);
  await getVersion(control.store, context, functionName, qualifier);
  const key = scopedKey(context, 'runtime-management', functionName, qualifier ?? LATEST);
  const found = await control.store.get<RuntimeManagementDocument>(key);
  return { output: answer(context, functionName, qualifier, found?.body ?? DEFAULT) };
}

function answer(
  context: RequestContext,
  functionName: string,
  qualifier: string | undefined,
  document: RuntimeManagementDocument,
): object {
  return {
    UpdateRuntimeOn: document.updateRuntimeOn,
    FunctionArn: functionArn(context, functionName, qualifier ?? LATEST),
    RuntimeVersionArn: document.runtimeVersionArn,
  };
}

function checked(input: PutRuntimeManagementConfigRequest): RuntimeManagementDocument {
  const { UpdateRuntimeOn: updateRuntimeOn = 'Auto', RuntimeVersionArn: runtimeVersionArn } = input;
  if (updateRuntimeOn === 'Manual') {
    if (runtimeVersionArn === undefined) throw invalid('RuntimeVersionArn is required when UpdateRuntimeOn is Manual.');
    return { updateRuntimeOn, runtimeVersionArn };
  }
  if (runtimeVersionArn !== undefined)
    throw invalid(`RuntimeVersionArn can not be given when UpdateRuntimeOn is ${updateRuntimeOn}.`);
  return { updateRuntimeOn };
}

/** The version that is meant. Throws InvalidParameterValueException for aliases, which have no runtime of their own. */
function versionName(
  input: GetRuntimeManagementConfigRequest,
  context: RequestContext,
): { readonly functionName: string; readonly qualifier: string | undefined } {
  const { functionName, qualifier } = parseFunctionName(input.FunctionName ?? '', input.Qualifier, context);
  const isVersion =
    qualifier === undefined || qualifier === LATEST || qualifier === LATEST_PUBLISHED || isVersionNumber(qualifier);
  if (!isVersion) throw invalid('Runtime management is not supported for aliases. Please specify a version or $LATEST.');
  return { functionName, qualifier };
}
