import { done } from '../../../model/fidelity.ts';
import type { OperationGroup } from '../operation-group.ts';
import { deleteFunctionEventInvokeConfig } from './delete-function-event-invoke-config.ts';
import { getFunctionEventInvokeConfig, listFunctionEventInvokeConfigs } from './get-function-event-invoke-config.ts';
import { putFunctionEventInvokeConfig, updateFunctionEventInvokeConfig } from './put-function-event-invoke-config.ts';

const EXISTENCE = 'whether a queue, topic, bus or bucket exists is not checked';
const SETTINGS = done('FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig');

/** How asynchronous events are handled. */
export const EVENT_INVOKE_CONFIGS: OperationGroup = {
  title: 'Asynchronous invocation',
  operations: {
    PutFunctionEventInvokeConfig: { run: putFunctionEventInvokeConfig, state: 'done', members: SETTINGS },
    UpdateFunctionEventInvokeConfig: { run: updateFunctionEventInvokeConfig, state: 'done', members: SETTINGS },
    GetFunctionEventInvokeConfig: {
      run: getFunctionEventInvokeConfig,
      state: 'done',
      members: done('FunctionName Qualifier'),
    },
    ListFunctionEventInvokeConfigs: {
      run: listFunctionEventInvokeConfigs,
      state: 'done',
      members: done('FunctionName Marker MaxItems'),
    },
    DeleteFunctionEventInvokeConfig: {
      run: deleteFunctionEventInvokeConfig,
      state: 'done',
      members: done('FunctionName Qualifier'),
    },
  },
  structures: {
    DestinationConfig: done('OnSuccess OnFailure'),
    OnSuccess: done('Destination', EXISTENCE),
    OnFailure: done('Destination', EXISTENCE),
  },
};
