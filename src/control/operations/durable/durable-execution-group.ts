import { done, type MemberRows } from '../../../model/fidelity.ts';
import type { Operation, OperationEntry, OperationGroup } from '../operation-group.ts';
import { findDurableCallback, sendDurableExecutionCallbackSuccess } from './durable-callback.ts';
import { findDurableExecution } from './durable-execution.ts';
import { listDurableExecutionsByFunction } from './list-durable-executions-by-function.ts';

/** The members are checked; that nothing follows is said once, by the operation. */
function withoutExecutions(run: Operation, members: MemberRows): OperationEntry {
  return { run, state: 'stored only', note: 'durable functions can not run yet, so there are no executions', members };
}

/** Executions that outlive an invocation. */
export const DURABLE_EXECUTIONS: OperationGroup = {
  title: 'Durable executions',
  operations: {
    GetDurableExecution: withoutExecutions(findDurableExecution, done('DurableExecutionArn IncludeExecutionData')),
    GetDurableExecutionHistory: withoutExecutions(
      findDurableExecution,
      done('DurableExecutionArn IncludeExecutionData MaxItems Marker ReverseOrder'),
    ),
    GetDurableExecutionState: withoutExecutions(
      findDurableExecution,
      done('DurableExecutionArn CheckpointToken Marker MaxItems'),
    ),
    ListDurableExecutionsByFunction: withoutExecutions(
      listDurableExecutionsByFunction,
      done('FunctionName Qualifier DurableExecutionName Statuses StartedAfter StartedBefore ReverseOrder Marker MaxItems'),
    ),
    CheckpointDurableExecution: withoutExecutions(
      findDurableExecution,
      done('DurableExecutionArn CheckpointToken Updates ClientToken'),
    ),
    StopDurableExecution: withoutExecutions(findDurableExecution, done('DurableExecutionArn Error')),
    SendDurableExecutionCallbackSuccess: withoutExecutions(sendDurableExecutionCallbackSuccess, done('CallbackId Result')),
    SendDurableExecutionCallbackFailure: withoutExecutions(findDurableCallback, done('CallbackId Error')),
    SendDurableExecutionCallbackHeartbeat: withoutExecutions(findDurableCallback, done('CallbackId')),
  },
  structures: {
    ErrorObject: done('ErrorMessage ErrorType ErrorData StackTrace'),
    OperationUpdate: done(
      'Id ParentId Name Type SubType Action Payload Error ContextOptions StepOptions WaitOptions CallbackOptions ChainedInvokeOptions',
    ),
    ContextOptions: done('ReplayChildren'),
    StepOptions: done('NextAttemptDelaySeconds'),
    WaitOptions: done('WaitSeconds'),
    CallbackOptions: done('TimeoutSeconds HeartbeatTimeoutSeconds'),
    ChainedInvokeOptions: done('FunctionName TenantId XAmznTraceId'),
  },
};
