import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { ExecutableVersion } from '../model/executable-version.ts';

/** Invocations at a time in one environment when the configuration does not say, as observed. */
export const CONCURRENCY_PER_ENVIRONMENT = 16;
/** Memory for each core on a capacity provider. Source: Lambda's page on managed instances. */
export const MEMORY_GIB_PER_CORE = 2;
/** Our Python client runs each invocation in a process of its own, and an environment has room for so many. */
const PYTHON_PROCESSES_MAX = 512;
const MEBIBYTES_PER_GIBIBYTE = 1_024;

/** How a function on a capacity provider runs: several invocations at a time, with its own share of cores. Nothing for others. */
export function managedInstance(
  configuration: Pick<FunctionConfiguration, 'CapacityProviderConfig' | 'MemorySize' | 'Runtime'>,
): Pick<ExecutableVersion, 'maxConcurrency' | 'cpuCores'> {
  const { CapacityProviderConfig, MemorySize = 0, Runtime = '' } = configuration;
  const config = CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig;
  if (!config) return {};
  const asked = config.PerExecutionEnvironmentMaxConcurrency ?? CONCURRENCY_PER_ENVIRONMENT;
  const memoryGib = MemorySize / MEBIBYTES_PER_GIBIBYTE;
  return {
    maxConcurrency: Runtime.startsWith('python') ? Math.min(asked, PYTHON_PROCESSES_MAX) : asked,
    cpuCores: Math.max(1, memoryGib / (config.ExecutionEnvironmentMemoryGiBPerVCpu ?? MEMORY_GIB_PER_CORE)),
  };
}
