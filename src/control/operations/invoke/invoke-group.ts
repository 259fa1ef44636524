import { done, refused } from '../../fidelity/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';

/** Invoking functions; answered by the data plane. */
export const INVOKE: OperationGroup = {
  title: 'Invoke',
  operations: {
    Invoke: {
      state: 'done',
      members: {
        ...done('FunctionName InvocationType LogType ClientContext Payload Qualifier'),
        ...refused('DurableExecutionName', 'durable functions can not be run yet'),
        ...refused('TenantId', 'functions with tenants can not be run yet'),
      },
    },
    InvokeAsync: { state: 'done', members: done('FunctionName InvokeArgs') },
    InvokeWithResponseStream: {
      state: 'refused',
      note: 'responses are not streamed yet',
      members: refused(
        'FunctionName InvocationType LogType ClientContext Payload Qualifier TenantId',
        'responses are not streamed yet',
      ),
    },
  },
};
