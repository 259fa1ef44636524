import type { FunctionConfiguration, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import { parseFunctionName } from '../../../model/arn.ts';
import type { OperationResult } from '../../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { getUsedProvider } from '../../capacity-providers.ts';
import { checkUnzipped } from '../../code-intake.ts';
import { checkCodeSigning } from '../../code-signing.ts';
import { runtimeVersionArn } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { type VersionDocument, write } from '../../documents.ts';
import { checkChangeable, checkRevision, checkUnqualified, commitOptimistically, getFunction } from '../../function-store.ts';
import { resolveLayers, type ResolvedLayers } from '../../layers.ts';
import { checkSettings } from '../../settings/check-settings.ts';
import { invalid } from '../../settings/invalid.ts';
import { mergeLogging } from '../../settings/logging.ts';
import { vpcAnswer } from '../../settings/network.ts';
import { changingConfiguration } from './changing-configuration.ts';
import { capacityAnswer } from './new-configuration.ts';

/** Changes the members that are given; invokes run the configuration before it until the new one is ready. */
export async function updateFunctionConfiguration(
  control: ControlContext,
  input: UpdateFunctionConfigurationRequest,
  context: RequestContext,
): Promise<OperationResult> {
  const name = parseFunctionName(input.FunctionName ?? '', undefined, context);
  checkUnqualified(name);
  const output = await commitOptimistically(control.store, async () => {
    const { shared, latest } = await getFunction(control.store, context, name.functionName);
    const { configuration } = latest.body;
    checkRevision(input.RevisionId, configuration.RevisionId);
    checkChangeable(context, latest.body);
    checkPackageType(input, configuration);
    checkSettings(input, configuration);
    checkDurable(input, configuration);
    const layers = input.Layers ? await resolveLayers(control, context, input.Layers) : undefined;
    if (layers && layers.Layers.length > 0) await checkCodeSigning(control, context, shared.body.codeSigningConfigArn);
    if (layers) checkUnzipped(latest.body.unzippedBytes ?? 0, layers.layerUnzippedBytes);
    if (input.CapacityProviderConfig) await getUsedProvider(control, context, input.CapacityProviderConfig);
    const body = changed(control, latest.body, input, layers, context);
    return { changes: [write(latest.key, body, latest.revision)], result: body.configuration };
  });
  control.changed(context, name.functionName);
  return { output };
}

function changed(
  control: ControlContext,
  document: VersionDocument,
  input: UpdateFunctionConfigurationRequest,
  layers: ResolvedLayers | undefined,
  context: RequestContext,
): VersionDocument {
  const kept = { ...document.configuration };
  for (const member of emptied(input)) delete kept[member];
  const change = {
    ...givenMembers(input),
    ...structuredMembers(input, document.configuration, context),
    ...(layers && layers.Layers.length > 0 ? { Layers: [...layers.Layers] } : {}),
  };
  return {
    ...document,
    configuration: changingConfiguration(control, kept, change),
    ...(layers ? { layerBlobIds: layers.layerBlobIds, layerUnzippedBytes: layers.layerUnzippedBytes } : {}),
  };
}

/** Members that an empty value takes away. */
function emptied(input: UpdateFunctionConfigurationRequest): (keyof FunctionConfiguration)[] {
  const isEmptyImage = input.ImageConfig !== undefined && Object.keys(input.ImageConfig).length === 0;
  return [
    ...(input.Layers?.length === 0 ? (['Layers'] as const) : []),
    ...(input.KMSKeyArn === '' ? (['KMSKeyArn'] as const) : []),
    ...(input.DeadLetterConfig !== undefined && !input.DeadLetterConfig.TargetArn ? (['DeadLetterConfig'] as const) : []),
    ...(input.FileSystemConfigs?.length === 0 ? (['FileSystemConfigs'] as const) : []),
    ...(isEmptyImage ? (['ImageConfigResponse'] as const) : []),
  ];
}

/** Members that are taken over as they are. */
function givenMembers(input: UpdateFunctionConfigurationRequest): FunctionConfiguration {
  const { Role, Handler, Description, Timeout, MemorySize, KMSKeyArn, FileSystemConfigs, DeadLetterConfig } = input;
  return {
    ...(Role === undefined ? {} : { Role }),
    ...(Handler === undefined ? {} : { Handler }),
    ...(Description === undefined ? {} : { Description }),
    ...(Timeout === undefined ? {} : { Timeout }),
    ...(MemorySize === undefined ? {} : { MemorySize }),
    ...(KMSKeyArn ? { KMSKeyArn } : {}),
    ...(FileSystemConfigs && FileSystemConfigs.length > 0 ? { FileSystemConfigs } : {}),
    ...(DeadLetterConfig?.TargetArn ? { DeadLetterConfig: { TargetArn: DeadLetterConfig.TargetArn } } : {}),
  };
}

/** Members that are answered in another form than they are given in. */
function structuredMembers(
  input: UpdateFunctionConfigurationRequest,
  current: FunctionConfiguration,
  context: RequestContext,
): FunctionConfiguration {
  const { Environment, EphemeralStorage, Runtime, TracingConfig, SnapStart, VpcConfig, ImageConfig, LoggingConfig } = input;
  const hasImage = ImageConfig !== undefined && Object.keys(ImageConfig).length > 0;
  return {
    ...(Environment ? { Environment: { Variables: Environment.Variables ?? {} } } : {}),
    ...(EphemeralStorage ? { EphemeralStorage: { Size: EphemeralStorage.Size } } : {}),
    ...(Runtime ? { Runtime, RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(context.region, Runtime) } } : {}),
    ...(TracingConfig ? { TracingConfig: { Mode: TracingConfig.Mode ?? 'PassThrough' } } : {}),
    ...(SnapStart ? { SnapStart: { ApplyOn: SnapStart.ApplyOn ?? 'None', OptimizationStatus: 'Off' } } : {}),
    ...(VpcConfig ? { VpcConfig: vpcAnswer(context, VpcConfig) } : {}),
    ...(hasImage ? { ImageConfigResponse: { ImageConfig } } : {}),
    ...(LoggingConfig ? { LoggingConfig: mergeLogging(current.LoggingConfig, LoggingConfig, current.FunctionName ?? '') } : {}),
    ...(input.CapacityProviderConfig ? { CapacityProviderConfig: capacityAnswer(input.CapacityProviderConfig) } : {}),
    ...(input.DurableConfig ? { DurableConfig: { ...current.DurableConfig, ...input.DurableConfig } } : {}),
  };
}

function checkPackageType(input: UpdateFunctionConfigurationRequest, current: FunctionConfiguration): void {
  const isImage = current.PackageType === 'Image';
  if (isImage && (input.Runtime !== undefined || input.Handler !== undefined || (input.Layers ?? []).length > 0))
    throw invalid('Please do not provide Runtime, Handler or Layers when updating a function with packageType Image.');
  if (!isImage && input.ImageConfig && Object.keys(input.ImageConfig).length > 0)
    throw invalid("Please don't provide ImageConfig when updating a function with packageType Zip.");
}

/** Source: Lambda's page on durable functions: they are durable from their creation on, or never. */
function checkDurable(input: UpdateFunctionConfigurationRequest, current: FunctionConfiguration): void {
  if (input.DurableConfig && !current.DurableConfig)
    throw invalid('Durable execution can not be enabled for a function that was created without it.');
}
