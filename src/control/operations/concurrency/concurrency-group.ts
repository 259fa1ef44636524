import { done } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import {
  deleteProvisionedConcurrencyConfig,
  getProvisionedConcurrencyConfig,
  listProvisionedConcurrencyConfigs,
} from './provisioned-concurrency-configs.ts';
import { putProvisionedConcurrencyConfig } from './put-provisioned-concurrency-config.ts';
import { deleteFunctionConcurrency, getFunctionConcurrency, putFunctionConcurrency } from './reserved-concurrency.ts';

/** Concurrency that is set aside for functions. */
export const CONCURRENCY: OperationGroup = {
  title: 'Concurrency',
  operations: {
    PutFunctionConcurrency: {
      run: putFunctionConcurrency,
      state: 'done',
      members: done('FunctionName ReservedConcurrentExecutions'),
    },
    GetFunctionConcurrency: { run: getFunctionConcurrency, state: 'done', members: done('FunctionName') },
    DeleteFunctionConcurrency: { run: deleteFunctionConcurrency, state: 'done', members: done('FunctionName') },
    PutProvisionedConcurrencyConfig: {
      run: putProvisionedConcurrencyConfig,
      state: 'done',
      note: 'environments are usable as they become ready, not all at once',
      members: done('FunctionName Qualifier ProvisionedConcurrentExecutions'),
    },
    GetProvisionedConcurrencyConfig: {
      run: getProvisionedConcurrencyConfig,
      state: 'done',
      members: done('FunctionName Qualifier'),
    },
    ListProvisionedConcurrencyConfigs: {
      run: listProvisionedConcurrencyConfigs,
      state: 'done',
      members: done('FunctionName Marker MaxItems'),
    },
    DeleteProvisionedConcurrencyConfig: {
      run: deleteProvisionedConcurrencyConfig,
      state: 'done',
      members: done('FunctionName Qualifier'),
    },
  },
};
