import type { OperationGroup } from '../operation-group.ts';

/** Executions that outlive an invocation. */
export const DURABLE_EXECUTIONS: OperationGroup = { title: 'Durable executions', operations: {} };
