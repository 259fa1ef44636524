import { ACCOUNT } from './account/account-group.ts';
import { ALIASES } from './aliases/alias-group.ts';
import { CAPACITY_PROVIDERS } from './capacity-providers/capacity-provider-group.ts';
import { CODE_SIGNING } from './code-signing/code-signing-group.ts';
import { CONCURRENCY } from './concurrency/concurrency-group.ts';
import { DURABLE_EXECUTIONS } from './durable/durable-execution-group.ts';
import { EVENT_INVOKE_CONFIGS } from './event-invoke/event-invoke-group.ts';
import { EVENT_SOURCE_MAPPINGS } from './event-source-mappings/event-source-mapping-group.ts';
import { FUNCTION_URLS } from './function-urls/function-url-group.ts';
import { FUNCTIONS } from './functions/function-group.ts';
import { INVOKE } from './invoke/invoke-group.ts';
import { LAYERS } from './layers/layer-group.ts';
import type { OperationEntry, OperationGroup } from './operation-group.ts';
import { PERMISSIONS } from './permissions/permission-group.ts';
import { RUNTIME_MANAGEMENT } from './runtime-management/runtime-management-group.ts';
import { TAGS } from './tags/tag-group.ts';
import { VERSIONS } from './versions/version-group.ts';
import type { MemberRows } from '../../model/fidelity.ts';

/** Every operation of the Lambda API, in the order of the documentation: what runs it, and how far it is done. */
export const OPERATION_GROUPS: readonly OperationGroup[] = [
  FUNCTIONS,
  VERSIONS,
  ALIASES,
  INVOKE,
  PERMISSIONS,
  LAYERS,
  EVENT_SOURCE_MAPPINGS,
  EVENT_INVOKE_CONFIGS,
  CONCURRENCY,
  FUNCTION_URLS,
  RUNTIME_MANAGEMENT,
  CODE_SIGNING,
  TAGS,
  ACCOUNT,
  CAPACITY_PROVIDERS,
  DURABLE_EXECUTIONS,
];

/** The same by the operations' names. */
export const OPERATION_ENTRIES: ReadonlyMap<string, OperationEntry> = new Map(
  OPERATION_GROUPS.flatMap(({ operations }) => Object.entries(operations)),
);

/** What the fidelity table says of the structures that requests are made of. */
export const STRUCTURE_ROWS: Readonly<Record<string, MemberRows>> = Object.assign(
  {},
  ...OPERATION_GROUPS.map(({ structures }) => structures ?? {}),
) as Record<string, MemberRows>;
