import type { OperationGroup } from '../operation-group.ts';

/** Layers, their versions and who may use them. */
export const LAYERS: OperationGroup = { title: 'Layers', operations: {} };
