import type { FunctionConfiguration, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../model/arn.ts';
import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import { runtimeVersionArn } from '../configuration.ts';
import type { ControlContext } from '../control-context.ts';
import { checkChangeable, checkRevision, commitOptimistically, getFunction } from '../function-store.ts';
import { checkSettings, mergeLogging } from '../settings-checks.ts';
import { refuseUnsupported } from '../unsupported-members.ts';
import { updated } from './update-function-code.ts';

/** Changes the members that are given; invokes run the configuration before it until the new one is ready. */
export async function updateFunctionConfiguration(
  control: ControlContext,
  input: UpdateFunctionConfigurationRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const { functionName } = parseFunctionName(input.FunctionName ?? '', undefined, context);
  refuseUnsupported({ ...input }, control.architecture);
  checkSettings(input);
  const output = await commitOptimistically(control.store, async () => {
    const { latest } = await getFunction(control.store, context, functionName);
    checkRevision(input.RevisionId, latest.body.configuration.RevisionId);
    checkChangeable(context, latest.body);
    const configuration = updated(control, latest.body.configuration, changeOf(input, latest.body.configuration, context.region));
    return {
      changes: [{ put: latest.key, body: { ...latest.body, configuration }, expect: latest.revision }],
      result: configuration,
    };
  });
  control.changed(context, functionName);
  return { output };
}

function changeOf(
  input: UpdateFunctionConfigurationRequest,
  current: FunctionConfiguration,
  region: string,
): FunctionConfiguration {
  return {
    ...(input.Role === undefined ? {} : { Role: input.Role }),
    ...(input.Handler === undefined ? {} : { Handler: input.Handler }),
    ...(input.Description === undefined ? {} : { Description: input.Description }),
    ...(input.Timeout === undefined ? {} : { Timeout: input.Timeout }),
    ...(input.MemorySize === undefined ? {} : { MemorySize: input.MemorySize }),
    ...(input.Environment === undefined ? {} : { Environment: { Variables: input.Environment.Variables ?? {} } }),
    ...(input.EphemeralStorage === undefined ? {} : { EphemeralStorage: { Size: input.EphemeralStorage.Size } }),
    ...(input.Runtime === undefined
      ? {}
      : { Runtime: input.Runtime, RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(region, input.Runtime) } }),
    ...(input.LoggingConfig === undefined
      ? {}
      : { LoggingConfig: mergeLogging(current.LoggingConfig, input.LoggingConfig, current.FunctionName ?? '') }),
  };
}
