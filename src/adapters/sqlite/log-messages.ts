import type { LogReadRequest, NewLogRecord } from '../../ports/record-log.ts';

/** A call that travels to the thread that keeps records. */
export type LogCall =
  | { readonly call: 'append'; readonly records: readonly NewLogRecord[] }
  | { readonly call: 'read'; readonly request: LogReadRequest }
  | { readonly call: 'seek'; readonly shard: string; readonly timestampMs: number }
  | { readonly call: 'end' | 'seal'; readonly shard: string }
  | { readonly call: 'trim'; readonly shard: string; readonly beforeMs: number; readonly countMax: number }
  | { readonly call: 'drop'; readonly shard: string; readonly countMax: number };

/** What the thread says where records were not written. */
export const SEALED = 'sealed: ';
