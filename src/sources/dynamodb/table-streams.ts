import { createHash } from 'node:crypto';
import type { Locality } from '../../model/arn.ts';
import { sequenceAt } from '../../ports/item-store.ts';

/** What records of a stream carry of the items. */
export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

/** The stream of a table, from when it was turned on; it can be read for a day after it was turned off. */
export interface TableStream extends Locality {
  /** In the store of items. */
  readonly id: string;
  readonly tableName: string;
  /** When it was turned on, as the ARN has it. */
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly keySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  /** How many shards take records at a time; each item has its own by the hash of its partition. */
  readonly lanes: number;
  readonly createdMs: number;
  /** No record has a greater sequence number; set when it was turned off. */
  readonly endSequence?: number;
}

/** A part of a stream: the records of a lane in a span of time. */
export interface TableShard {
  readonly shardId: string;
  /** The same lane in the span before. */
  readonly parentId?: string;
  readonly lane: number;
  /** The least sequence number that its records may have. */
  readonly startSequence: number;
  /** The greatest; undefined while the span lasts. */
  readonly endSequence?: number;
}

/** Streams keep records for a day. Source: the page of DynamoDB Streams. */
export const STREAM_RETENTION_MS = 86_400_000;
/** Another shard takes the place of each after this time, about as long as on AWS. */
const SHARD_MS = 14_400_000;

/** ARN of a stream. */
export function streamArn({
  account,
  region,
  tableName,
  label,
}: Pick<TableStream, 'account' | 'region' | 'tableName' | 'label'>): string {
  return `arn:aws:dynamodb:${region}:${account}:table/${tableName}/stream/${label}`;
}

/** Whether a shard or stream that ends there ends before what comes after `lastSequence`. */
export function isOver(endSequence: number | undefined, lastSequence: number): boolean {
  return endSequence !== undefined && endSequence <= lastSequence;
}

/**
 * The shards of a stream that may have records, parents first. They follow from the time, so that nothing has to be written
 * when one takes another's place: which shard a record is in is told by its lane and its sequence number. `lastSequence` has
 * been given already.
 */
export function shardsOf(stream: TableStream, lastSequence: number, nowMs: number): TableShard[] {
  const last = Math.min(lastSequence, stream.endSequence ?? lastSequence);
  const first = sequenceAt(nowMs - STREAM_RETENTION_MS);
  const shards: TableShard[] = [];
  for (let span = Math.max(0, spanOf(stream, first)); startOf(stream, span) <= Math.max(last, startOf(stream, 0)); span += 1) {
    if (isOver(stream.endSequence, first)) break;
    for (let lane = 0; lane < stream.lanes; lane += 1) shards.push(shardOf(stream, span, lane, lastSequence));
  }
  return shards;
}

/** A shard by its id, were it long gone; undefined for what is no id of this stream. */
export function findShard(stream: TableStream, shardId: string, lastSequence: number): TableShard | undefined {
  const startMs = Number(/^shardId-(\d{20})-[0-9a-f]{8}$/.exec(shardId)?.[1]);
  const span = Math.round((startMs - stream.createdMs) / SHARD_MS);
  if (!(span >= 0) || startOf(stream, span) > Math.max(lastSequence, startOf(stream, 0))) return undefined;
  for (let lane = 0; lane < stream.lanes; lane += 1)
    if (idOf(stream, span, lane) === shardId) return shardOf(stream, span, lane, lastSequence);
  return undefined;
}

/** A sequence number as the API spells it: 21 digits. */
export function sequenceText(sequence: number): string {
  return `1${String(sequence).padStart(20, '0')}`;
}

/** The sequence number of such a text; undefined for what is none. */
export function parseSequence(text: string): number | undefined {
  const sequence = /^1\d{20}$/.test(text) ? Number(text.slice(1)) : Number.NaN;
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}

function shardOf(stream: TableStream, span: number, lane: number, lastSequence: number): TableShard {
  const end = Math.min(startOf(stream, span + 1) - 1, stream.endSequence ?? Infinity);
  return {
    shardId: idOf(stream, span, lane),
    ...(span > 0 ? { parentId: idOf(stream, span - 1, lane) } : {}),
    lane,
    startSequence: startOf(stream, span),
    ...(isOver(end, lastSequence) ? { endSequence: end } : {}),
  };
}

function startOf({ createdMs }: TableStream, span: number): number {
  return sequenceAt(createdMs + span * SHARD_MS);
}

function spanOf(stream: TableStream, sequence: number): number {
  return Math.floor((sequence - startOf(stream, 0)) / sequenceAt(SHARD_MS));
}

function idOf(stream: TableStream, span: number, lane: number): string {
  const startMs = String(stream.createdMs + span * SHARD_MS).padStart(20, '0');
  const hash = createHash('md5').update(`${stream.id} ${span} ${lane}`).digest('hex');
  return `shardId-${startMs}-${hash.slice(0, 8)}`;
}
