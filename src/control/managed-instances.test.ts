import assert from 'node:assert/strict';
import { test } from 'node:test';
import { managedInstance } from './managed-instances.ts';

const on = (more: object = {}): Parameters<typeof managedInstance>[0] => ({
  Runtime: 'nodejs24.x',
  MemorySize: 8_192,
  CapacityProviderConfig: { LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn: 'arn', ...more } },
});

test('ordinary functions run as they did', () => {
  assert.deepEqual(managedInstance({ Runtime: 'nodejs24.x', MemorySize: 128 }), {});
});

test('a function on a capacity provider takes what was configured, or the defaults', () => {
  assert.deepEqual(managedInstance(on()), { maxConcurrency: 16, cpuCores: 4 });
  const configured = on({ PerExecutionEnvironmentMaxConcurrency: 1_600, ExecutionEnvironmentMemoryGiBPerVCpu: 8 });
  assert.deepEqual(managedInstance(configured), { maxConcurrency: 1_600, cpuCores: 1 });
});

test('it has a whole core at least', () => {
  const small = { ...on({ ExecutionEnvironmentMemoryGiBPerVCpu: 8 }), MemorySize: 2_048 };
  assert.equal(managedInstance(small).cpuCores, 1);
});

test('Python takes no more than there may be processes', () => {
  const python = { ...on({ PerExecutionEnvironmentMaxConcurrency: 1_600 }), Runtime: 'python3.13' as const };
  assert.equal(managedInstance(python).maxConcurrency, 512);
});
