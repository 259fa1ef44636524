import type { OperationGroup } from '../operation-group.ts';

/** What feeds functions from queues and streams. */
export const EVENT_SOURCE_MAPPINGS: OperationGroup = { title: 'Event source mappings', operations: {} };
