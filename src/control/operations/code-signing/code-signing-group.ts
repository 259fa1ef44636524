import type { OperationGroup } from '../operation-group.ts';

/** Which packages functions may be made of. */
export const CODE_SIGNING: OperationGroup = { title: 'Code signing', operations: {} };
