import type { OperationGroup } from '../operation-group.ts';

/** Addresses of functions for any HTTP client. */
export const FUNCTION_URLS: OperationGroup = { title: 'Function URLs', operations: {} };
