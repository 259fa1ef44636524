import type { Locality } from '../../../model/arn.ts';
import type { DocumentKey } from '../../../ports/metadata-store.ts';
import type { TableStream } from '../../../sources/dynamodb/table-streams.ts';

/** What keys may be. */
export type KeyType = 'S' | 'N' | 'B';

/** An attribute of keys, as the API spells it. */
export interface AttributeDefinition {
  readonly AttributeName: string;
  readonly AttributeType: KeyType;
}

/** A part of a key, as the API spells it. */
export interface KeySchemaElement {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}

/** Which attributes an index has, as the API spells it. */
export interface Projection {
  readonly ProjectionType: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  readonly NonKeyAttributes?: readonly string[];
}

/** Capacity that is asked for, as the API spells it. */
export interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

/** An index of a table. */
export interface IndexRecord {
  /** In the store of items. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'global' | 'local';
  readonly keySchema: readonly KeySchemaElement[];
  readonly projection: Projection;
  readonly throughput?: Throughput;
  readonly onDemand?: object;
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING';
}

/** A tag of a table. */
export interface TableTag {
  readonly Key: string;
  readonly Value: string;
}

/** A table. */
export interface TableRecord {
  /** In the store of items. Never given twice, so that a table does not inherit what another of its name has left. */
  readonly id: string;
  readonly createdMs: number;
  readonly keySchema: readonly KeySchemaElement[];
  readonly attributes: readonly AttributeDefinition[];
  readonly indexes: readonly IndexRecord[];
  readonly billing: { readonly mode: 'PROVISIONED' | 'PAY_PER_REQUEST'; readonly changedMs?: number };
  readonly throughput?: Throughput & { readonly raisedMs?: number; readonly loweredMs?: number };
  readonly onDemand?: object;
  readonly stream?: TableStream;
  /** The index that has the items by the time of their end. */
  readonly timeToLive?: { readonly attribute: string; readonly index: string; readonly status: 'ENABLED' | 'ENABLING' };
  readonly timeToLiveChangedMs?: number;
  readonly tableClass?: { readonly name: string; readonly changedMs: number };
  readonly encryption?: { readonly kmsKey?: string };
  readonly isProtected: boolean;
  readonly tags: readonly TableTag[];
}

/** What is left of a table or index until all of its items are removed. */
export interface LeftoverRecord {
  readonly tables: readonly string[];
  readonly indexes: readonly string[];
}

export const TABLE_KIND = 'dynamodb-table';
/** Streams of tables, those that were turned off and can still be read included. */
export const STREAM_KIND = 'dynamodb-stream';
export const LEFTOVER_KIND = 'dynamodb-leftover';

/** ARN of a table. */
export function tableArn({ account, region }: Locality, name: string): string {
  return `arn:aws:dynamodb:${region}:${account}:table/${name}`;
}

/** Key of a table. */
export const tableKey = (place: Locality, name: string): DocumentKey => keyOf(place, TABLE_KIND, name);
/** Key of a stream. */
export const streamKey = ({ account, region, tableName, label }: TableStream): DocumentKey =>
  keyOf({ account, region }, STREAM_KIND, `${tableName}/${label}`);
/** Key of the note of what is to be removed. */
export const leftoverKey = (place: Locality, id: string): DocumentKey => keyOf(place, LEFTOVER_KIND, id);

function keyOf({ account, region }: Locality, kind: string, id: string): DocumentKey {
  return { account, region, kind, id };
}
