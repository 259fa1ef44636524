import type { CreateFunctionRequest, FunctionConfiguration, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import { checkVariables } from './environment-variables.ts';
import { invalid } from './invalid.ts';
import { checkLevels } from './logging.ts';
import { checkNetwork } from './network.ts';
import { checkRuntime, hasSnapStart, runsOnCapacityProvider } from './runtimes.ts';

/** Largest values of functions that do not run on capacity providers; the service model allows more. */
const TIMEOUT_SECONDS_MAX = 900;
const MEMORY_MB_MAX = 10_240;
const STORAGE_MB_MAX = 10_240;
/** Least memory on a capacity provider, and what a function there has when it names none. */
export const CAPACITY_MEMORY_MB_MIN = 2_048;
/** What a snapshot can hold of /tmp. */
const SNAP_START_STORAGE_MB_MAX = 512;
/** All settings of an image together. */
const IMAGE_CONFIG_BYTES_MAX = 16_384;

/** A request to create a function or to change its settings. */
export type SettingsInput = Partial<CreateFunctionRequest> & Partial<UpdateFunctionConfigurationRequest>;

/**
 * Checks what can be told of a function's settings without looking at anything else: the request against the
 * configuration that it changes (`current`, undefined for a new function). Throws InvalidParameterValueException in
 * Lambda's words where they are known.
 */
export function checkSettings(input: SettingsInput, current?: FunctionConfiguration): void {
  if (input.Runtime !== undefined) checkRuntime(input.Runtime);
  const onCapacity = (input.CapacityProviderConfig ?? current?.CapacityProviderConfig) !== undefined;
  if (onCapacity) checkCapacity(input, current);
  else checkSizes(input);
  if (input.Environment?.Variables) checkVariables(input.Environment.Variables);
  const format = input.LoggingConfig?.LogFormat ?? current?.LoggingConfig?.LogFormat ?? (onCapacity ? 'JSON' : 'Text');
  checkLevels(format, input.LoggingConfig);
  checkNetwork(input.VpcConfig);
  checkDeadLetters(input.DeadLetterConfig?.TargetArn);
  checkSnapStart(input, current);
  checkFileSystems(input, current);
  const imageBytes = Buffer.byteLength(JSON.stringify(input.ImageConfig ?? {}));
  if (imageBytes > IMAGE_CONFIG_BYTES_MAX)
    throw invalid(`The image configuration takes ${imageBytes} bytes; it may take ${IMAGE_CONFIG_BYTES_MAX}.`);
}

function checkSizes(input: SettingsInput): void {
  if ((input.Timeout ?? 0) > TIMEOUT_SECONDS_MAX) throw atMost('Timeout', TIMEOUT_SECONDS_MAX);
  if ((input.MemorySize ?? 0) > MEMORY_MB_MAX) throw atMost('MemorySize', MEMORY_MB_MAX);
  if ((input.EphemeralStorage?.Size ?? 0) > STORAGE_MB_MAX) throw atMost('EphemeralStorage.Size', STORAGE_MB_MAX);
}

function atMost(member: string, max: number): Error {
  return invalid(`'${member}' value failed to satisfy constraint: Member must have value less than or equal to ${max}`);
}

function checkCapacity(input: SettingsInput, current: FunctionConfiguration | undefined): void {
  if (current && !current.CapacityProviderConfig)
    throw invalid("CapacityProviderConfig isn't supported for Lambda Default functions.");
  if (input.MemorySize !== undefined && input.MemorySize < CAPACITY_MEMORY_MB_MIN) {
    throw invalid(
      `'MemorySize' value failed to satisfy constraint: Member must have value greater than or equal to ${CAPACITY_MEMORY_MB_MIN}`,
    );
  }
  const runtime = input.Runtime ?? current?.Runtime;
  if (runtime !== undefined && !runsOnCapacityProvider(runtime))
    throw invalid(`Runtime Enum ${runtime} does not support specified feature: Lambda Managed Instances`);
  if (input.SnapStart?.ApplyOn === 'PublishedVersions')
    throw invalid('SnapStart is not supported for functions with a capacity provider configuration.');
}

function checkDeadLetters(arn: string | undefined): void {
  if (!arn) return;
  const [, , service, , , resource = ''] = arn.split(':');
  if (service !== 'sqs' && service !== 'sns')
    throw invalid(`The dead-letter target ${arn} is neither an SQS queue nor an SNS topic.`);
  if (resource.endsWith('.fifo')) throw invalid(`The dead-letter target ${arn} is a FIFO resource, which is not supported.`);
}

function checkSnapStart(input: SettingsInput, current: FunctionConfiguration | undefined): void {
  if ((input.SnapStart?.ApplyOn ?? current?.SnapStart?.ApplyOn) !== 'PublishedVersions') return;
  const runtime = input.Runtime ?? current?.Runtime ?? '';
  if ((input.PackageType ?? current?.PackageType) === 'Image')
    throw invalid('Container images are not supported for SnapStart enabled functions.');
  if (!hasSnapStart(runtime)) throw invalid(`${runtime} is not supported for SnapStart enabled functions.`);
  const storageMb = input.EphemeralStorage?.Size ?? current?.EphemeralStorage?.Size ?? 0;
  if (storageMb > SNAP_START_STORAGE_MB_MAX)
    throw invalid(`Ephemeral storage over ${SNAP_START_STORAGE_MB_MAX} MB is not supported for SnapStart enabled functions.`);
  if ((input.FileSystemConfigs ?? current?.FileSystemConfigs ?? []).length > 0)
    throw invalid('File systems are not supported for SnapStart enabled functions.');
  if (input.TenancyConfig ?? current?.TenancyConfig)
    throw invalid('SnapStart is not supported for functions with a tenancy configuration.');
}

function checkFileSystems(input: SettingsInput, current: FunctionConfiguration | undefined): void {
  for (const { Arn = '', S3FilesConfig } of input.FileSystemConfigs ?? []) {
    const isElastic = Arn.split(':')[2] === 'elasticfilesystem';
    const subnets = (input.VpcConfig ?? current?.VpcConfig)?.SubnetIds ?? [];
    if (isElastic && subnets.length === 0)
      throw invalid(`Function must be configured to execute in a VPC to reference access point ${Arn}.`);
    if (isElastic && S3FilesConfig?.DirectS3Read !== undefined)
      throw invalid('S3FilesConfig is supported for access points of S3 Files alone.');
  }
}
