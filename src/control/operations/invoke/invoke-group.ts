import { done, refused } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';

/** Invoking functions; answered by the data plane. */
export const INVOKE: OperationGroup = {
  title: 'Invoke',
  operations: {
    Invoke: {
      state: 'done',
      members: {
        ...done('FunctionName InvocationType LogType ClientContext Payload Qualifier TenantId'),
        ...refused('DurableExecutionName', 'durable functions can not be run yet'),
      },
    },
    InvokeAsync: { state: 'done', members: done('FunctionName InvokeArgs') },
    InvokeWithResponseStream: {
      state: 'done',
      note: 'pieces are not slowed down after the first 6 MB',
      members: done('FunctionName InvocationType LogType ClientContext Payload Qualifier TenantId'),
    },
  },
};
