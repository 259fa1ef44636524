import { done, stored } from '../../fidelity/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import {
  deleteProvisionedConcurrencyConfig,
  getProvisionedConcurrencyConfig,
  listProvisionedConcurrencyConfigs,
} from './provisioned-concurrency-configs.ts';
import { putProvisionedConcurrencyConfig } from './put-provisioned-concurrency-config.ts';
import { deleteFunctionConcurrency, getFunctionConcurrency, putFunctionConcurrency } from './reserved-concurrency.ts';

const NOT_STARTED = 'it is set aside in the budget; environments are not started ahead yet';

/** Concurrency that is set aside for functions. */
export const CONCURRENCY: OperationGroup = {
  title: 'Concurrency',
  operations: {
    PutFunctionConcurrency: {
      run: putFunctionConcurrency,
      state: 'done',
      note: 'a cap for the function; what it reserves is not yet kept from the others',
      members: done('FunctionName ReservedConcurrentExecutions'),
    },
    GetFunctionConcurrency: { run: getFunctionConcurrency, state: 'done', members: done('FunctionName') },
    DeleteFunctionConcurrency: { run: deleteFunctionConcurrency, state: 'done', members: done('FunctionName') },
    PutProvisionedConcurrencyConfig: {
      run: putProvisionedConcurrencyConfig,
      state: 'stored only',
      note: NOT_STARTED,
      members: {
        ...done('FunctionName Qualifier'),
        // The whole operation is stored only, and says so once.
        ...stored('ProvisionedConcurrentExecutions', NOT_STARTED, () => false),
      },
    },
    GetProvisionedConcurrencyConfig: {
      run: getProvisionedConcurrencyConfig,
      state: 'done',
      note: 'READY says that the version can run, not that environments are waiting',
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
