import { done } from '../../fidelity/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { deleteFunctionConcurrency, getFunctionConcurrency, putFunctionConcurrency } from './reserved-concurrency.ts';

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
  },
};
