import { done, stored } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { getFunctionRecursionConfig, putFunctionRecursionConfig } from './function-recursion-config.ts';
import { getFunctionScalingConfig, putFunctionScalingConfig } from './function-scaling-config.ts';
import { getRuntimeManagementConfig, putRuntimeManagementConfig } from './runtime-management-config.ts';

const RUNTIMES = 'runtimes are those of the host, and change when the host changes';
const ENVIRONMENTS = 'environments come and go with the invocations; a maximum of 0 stops the version';

/** Settings of how a function runs. */
export const RUNTIME_MANAGEMENT: OperationGroup = {
  title: 'Runtime, recursion and scaling',
  operations: {
    PutRuntimeManagementConfig: {
      run: putRuntimeManagementConfig,
      state: 'done',
      members: {
        ...done('FunctionName Qualifier'),
        ...stored('UpdateRuntimeOn', RUNTIMES, (value) => value !== 'Auto'),
        ...stored('RuntimeVersionArn', RUNTIMES),
      },
    },
    GetRuntimeManagementConfig: {
      run: getRuntimeManagementConfig,
      state: 'done',
      members: done('FunctionName Qualifier'),
    },
    PutFunctionRecursionConfig: {
      run: putFunctionRecursionConfig,
      state: 'done',
      members: done('FunctionName RecursiveLoop'),
    },
    GetFunctionRecursionConfig: { run: getFunctionRecursionConfig, state: 'done', members: done('FunctionName') },
    PutFunctionScalingConfig: {
      run: putFunctionScalingConfig,
      state: 'done',
      members: done('FunctionName Qualifier FunctionScalingConfig'),
    },
    GetFunctionScalingConfig: { run: getFunctionScalingConfig, state: 'done', members: done('FunctionName Qualifier') },
  },
  structures: {
    FunctionScalingConfig: stored('MinExecutionEnvironments MaxExecutionEnvironments', ENVIRONMENTS, (value) => value !== 0),
  },
};
