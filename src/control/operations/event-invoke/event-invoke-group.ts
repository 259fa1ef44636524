import type { OperationGroup } from '../operation-group.ts';

/** How asynchronous events are handled. */
export const EVENT_INVOKE_CONFIGS: OperationGroup = { title: 'Asynchronous invocation', operations: {} };
