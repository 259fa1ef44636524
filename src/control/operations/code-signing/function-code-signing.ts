import type {
  DeleteFunctionCodeSigningConfigRequest,
  GetFunctionCodeSigningConfigRequest,
  PutFunctionCodeSigningConfigRequest,
} from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { codeSigningRelease, codeSigningUse, configForFunction } from '../../code-signing.ts';
import type { ControlContext } from '../../control-context.ts';
import { write } from '../../documents.ts';
import { checkUnqualified, commitOptimistically, getFunction } from '../../function-store.ts';
import { invalid } from '../../settings/invalid.ts';

/** Gives a function a code signing configuration; the code that it has already is not held against it. */
export async function putFunctionCodeSigningConfig(
  control: ControlContext,
  input: PutFunctionCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const functionName = unqualifiedName(input.FunctionName ?? '', context);
  const arn = input.CodeSigningConfigArn ?? '';
  await commitOptimistically(control.store, async () => {
    // Before the function, as recorded.
    const config = await configForFunction(control, context, arn);
    const { shared, latest } = await getFunction(control.store, context, functionName);
    if (latest.body.configuration.PackageType === 'Image')
      throw invalid('Code signing is not supported for functions with packageType Image.');
    const { codeSigningConfigArn: before } = shared.body;
    return {
      changes: [
        write(shared.key, { ...shared.body, codeSigningConfigArn: arn }, shared.revision),
        ...(before === arn ? [] : codeSigningRelease(context, before, functionName)),
        ...codeSigningUse(config, functionName),
      ],
      result: undefined,
    };
  });
  return { output: { CodeSigningConfigArn: arn, FunctionName: functionName } };
}

/** The function's configuration; nothing when it has none. */
export async function getFunctionCodeSigningConfig(
  control: ControlContext,
  input: GetFunctionCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const functionName = unqualifiedName(input.FunctionName ?? '', context);
  const { shared } = await getFunction(control.store, context, functionName);
  const { codeSigningConfigArn: arn } = shared.body;
  return { output: arn === undefined ? {} : { CodeSigningConfigArn: arn, FunctionName: functionName } };
}

/** Takes the configuration from the function. */
export async function deleteFunctionCodeSigningConfig(
  control: ControlContext,
  input: DeleteFunctionCodeSigningConfigRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const functionName = unqualifiedName(input.FunctionName ?? '', context);
  await commitOptimistically(control.store, async () => {
    const { shared } = await getFunction(control.store, context, functionName);
    const { codeSigningConfigArn: arn, ...body } = shared.body;
    const changes =
      arn === undefined ? [] : [write(shared.key, body, shared.revision), ...codeSigningRelease(context, arn, functionName)];
    return { changes, result: undefined };
  });
  return { output: {} };
}

function unqualifiedName(text: string, context: RequestContext): string {
  const name = parseFunctionName(text, undefined, context);
  checkUnqualified(name);
  return name.functionName;
}
