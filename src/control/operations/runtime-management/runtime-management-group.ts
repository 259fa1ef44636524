import type { OperationGroup } from '../operation-group.ts';

/** Settings of how a function runs. */
export const RUNTIME_MANAGEMENT: OperationGroup = { title: 'Runtime, recursion and scaling', operations: {} };
