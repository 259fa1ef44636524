import type { CapacityProviderConfig, CreateFunctionRequest, FunctionConfiguration, Layer } from '@aws-sdk/client-lambda';
import { functionArn } from '../../../model/arn.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { configurationHash, lastModified, runtimeVersionArn } from '../../configuration.ts';
import type { ControlContext } from '../../control-context.ts';
import { LATEST } from '../../documents.ts';
import { CONCURRENCY_PER_ENVIRONMENT, MEMORY_GIB_PER_CORE } from '../../managed-instances.ts';
import { CAPACITY_MEMORY_MB_MIN } from '../../settings/check-settings.ts';
import { mergeLogging } from '../../settings/logging.ts';
import { vpcAnswer } from '../../settings/network.ts';

const DURABLE_RETENTION_DAYS = 14;

/** The configuration of a new function: what was asked for, and Lambda's defaults for the rest. */
export function newConfiguration(
  control: ControlContext,
  input: CreateFunctionRequest,
  context: RequestContext,
  functionName: string,
  code: { readonly CodeSize: number; readonly CodeSha256: string; readonly Layers: readonly Layer[] },
): FunctionConfiguration {
  const { Layers, ...size } = code;
  const onCapacity = input.CapacityProviderConfig !== undefined;
  const configuration: FunctionConfiguration = {
    FunctionName: functionName,
    FunctionArn: functionArn(context, functionName),
    Role: input.Role,
    ...size,
    Description: input.Description ?? '',
    Timeout: input.Timeout ?? 3,
    MemorySize: input.MemorySize ?? (onCapacity ? CAPACITY_MEMORY_MB_MIN : 128),
    LastModified: lastModified(control.clock.now()),
    Version: LATEST,
    TracingConfig: { Mode: input.TracingConfig?.Mode ?? 'PassThrough' },
    RevisionId: control.ids.uuid(),
    State: 'Pending',
    StateReason: 'The function is being created.',
    StateReasonCode: 'Creating',
    PackageType: input.PackageType ?? 'Zip',
    Architectures: input.Architectures ?? ['x86_64'],
    EphemeralStorage: { Size: input.EphemeralStorage?.Size ?? 512 },
    ...(onCapacity ? {} : { SnapStart: { ApplyOn: input.SnapStart?.ApplyOn ?? 'None', OptimizationStatus: 'Off' } }),
    LoggingConfig: mergeLogging(onCapacity ? { LogFormat: 'JSON' } : undefined, input.LoggingConfig, functionName),
    ...packageMembers(input, context.region),
    ...optionalMembers(input, context, Layers),
  };
  return onCapacity ? { ...configuration, ConfigSha256: configurationHash(configuration) } : configuration;
}

/** A provider's configuration with its defaults. */
export function capacityAnswer(config: CapacityProviderConfig): CapacityProviderConfig {
  return {
    LambdaManagedInstancesCapacityProviderConfig: {
      PerExecutionEnvironmentMaxConcurrency: CONCURRENCY_PER_ENVIRONMENT,
      ExecutionEnvironmentMemoryGiBPerVCpu: MEMORY_GIB_PER_CORE,
      ...config.LambdaManagedInstancesCapacityProviderConfig,
    } as CapacityProviderConfig['LambdaManagedInstancesCapacityProviderConfig'],
  };
}

function packageMembers(input: CreateFunctionRequest, region: string): FunctionConfiguration {
  if (input.PackageType === 'Image') {
    const hasConfig = Object.keys(input.ImageConfig ?? {}).length > 0;
    return hasConfig ? { ImageConfigResponse: { ImageConfig: input.ImageConfig } } : {};
  }
  return {
    Runtime: input.Runtime,
    Handler: input.Handler,
    RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(region, input.Runtime ?? '') },
  };
}

/** Members that are answered only when they were given. */
function optionalMembers(input: CreateFunctionRequest, context: RequestContext, Layers: readonly Layer[]): FunctionConfiguration {
  const { Environment, VpcConfig, DeadLetterConfig, KMSKeyArn, FileSystemConfigs, TenancyConfig, DurableConfig } = input;
  return {
    ...(Environment ? { Environment: { Variables: Environment.Variables ?? {} } } : {}),
    ...(VpcConfig ? { VpcConfig: vpcAnswer(context, VpcConfig) } : {}),
    ...(DeadLetterConfig?.TargetArn ? { DeadLetterConfig: { TargetArn: DeadLetterConfig.TargetArn } } : {}),
    ...(KMSKeyArn ? { KMSKeyArn } : {}),
    ...(Layers.length > 0 ? { Layers: [...Layers] } : {}),
    ...(FileSystemConfigs && FileSystemConfigs.length > 0 ? { FileSystemConfigs } : {}),
    ...(TenancyConfig ? { TenancyConfig } : {}),
    ...(DurableConfig ? { DurableConfig: { RetentionPeriodInDays: DURABLE_RETENTION_DAYS, ...DurableConfig } } : {}),
    ...(input.CapacityProviderConfig ? { CapacityProviderConfig: capacityAnswer(input.CapacityProviderConfig) } : {}),
  };
}
