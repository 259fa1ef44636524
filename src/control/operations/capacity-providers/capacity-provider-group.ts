import type { OperationGroup } from '../operation-group.ts';

/** Machines that functions run on. */
export const CAPACITY_PROVIDERS: OperationGroup = { title: 'Capacity providers', operations: {} };
