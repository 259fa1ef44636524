import type { ItemPlace } from '../../../ports/item-store.ts';
import type { Condition, Projection } from '../expressions/expressions.ts';
import type { KeyAttributes } from '../tables/key-attributes.ts';
import type { OpenIndex, OpenTable } from '../tables/open-table.ts';
import { attributeOf, type Item } from '../values/attribute-value.ts';
import { parseItem } from '../values/parse-value.ts';
import { invalidParameter, validation } from '../values/validation.ts';
import { attributesOf, checkKeyPaths, checkKeyValues } from './key-checks.ts';
import { ServiceError } from '../../../model/service-error.ts';

/** What a query or scan reads: a table, or one of its indexes. */
export interface ReadSource {
  readonly table: OpenTable;
  readonly index?: OpenIndex;
  readonly keys: KeyAttributes;
}

/** What is wanted of what is read. */
export interface Wanted {
  readonly filter?: Condition;
  readonly projection?: Projection;
  readonly select?: string;
}

/** Finds what is to be read. Throws ValidationException for an index that is not there, or can't be read in this way. */
export function readSource(table: OpenTable, indexName: string | undefined, isConsistent: boolean): ReadSource {
  if (indexName === undefined) return { table, keys: table.keys };
  const index = table.indexes.get(indexName);
  if (!index || index.record.status === 'DELETING') throw validation(`The table does not have the specified index: ${indexName}`);
  if (index.record.kind === 'global' && isConsistent)
    throw validation('Consistent reads are not supported on global secondary indexes');
  if (index.record.status === 'CREATING') throw validation(`Cannot read from backfilling global secondary index: ${indexName}`);
  return { table, index, keys: index.keys };
}

/** Checks that what is wanted goes together, and is there. Throws ValidationException. */
export function checkWanted({ table, index }: ReadSource, { filter, projection, select }: Wanted): void {
  if (projection && select !== undefined && select !== 'SPECIFIC_ATTRIBUTES')
    throw validation(`Cannot specify the ProjectionExpression when choosing to get ${select}`);
  if (!projection && select === 'SPECIFIC_ATTRIBUTES')
    throw invalidParameter('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES');
  if (!index && select === 'ALL_PROJECTED_ATTRIBUTES')
    throw invalidParameter('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  if (projection) checkKeyPaths(table, projection.paths);
  if (filter) checkKeyPaths(table, filter.paths);
  if (!index || index.record.kind === 'local' || index.record.projection.ProjectionType === 'ALL') return;
  if (select === 'ALL_ATTRIBUTES')
    throw invalidParameter(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.record.name} because its projection type is not ALL`,
    );
  checkProjected({ table, index }, projection);
}

/** Whether attributes are wanted that an index does not have, so that each item is read from the table too. */
export function isBeyondIndex({ table, index }: ReadSource, { projection, select }: Wanted): boolean {
  if (!index || index.record.projection.ProjectionType === 'ALL') return false;
  return select === 'ALL_ATTRIBUTES' || (projection !== undefined && missingFrom({ table, index }, projection).length > 0);
}

/**
 * Where reading goes on, by the key of the last item that was read. Throws ValidationException for a key that is none of this
 * table and index.
 */
export function startPlace(source: ReadSource, given: unknown): { readonly key: Item; readonly place: ItemPlace } {
  const key = parseStart(given);
  const attributes = [...attributesOf(source.table.keys), ...attributesOf(source.keys)];
  const names = new Set(attributes.map(({ name }) => name));
  const fits = Object.keys(key).length === names.size && [...names].every((name) => attributeOf(key, name));
  if (!fits) throw validation('The provided starting key is invalid');
  const place = source.table.placeOf(key, source.index);
  if (!place) throw validation('The provided starting key is invalid: The provided key element does not match the schema');
  explained(() => {
    checkKeyValues(source.table.keys, key);
    checkKeyValues(source.keys, key);
  });
  return { key, place };
}

function parseStart(given: unknown): Item {
  return explained(() => parseItem(given));
}

function explained<Result>(check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'ValidationException') throw error;
    throw validation(`The provided starting key is invalid: ${error.message}`);
  }
}

function checkProjected(source: Required<Pick<ReadSource, 'table' | 'index'>>, projection: Projection | undefined): void {
  const missing = projection ? missingFrom(source, projection) : [];
  if (missing.length > 0)
    throw invalidParameter(`Global secondary index ${source.index.record.name} does not project [${missing.join(', ')}]`);
}

function missingFrom({ table, index }: Required<Pick<ReadSource, 'table' | 'index'>>, { paths }: Projection): readonly string[] {
  const { NonKeyAttributes = [] } = index.record.projection;
  const keys = [...attributesOf(table.keys), ...attributesOf(index.keys)].map(({ name }) => name);
  const has = new Set([...keys, ...NonKeyAttributes]);
  return [...new Set(paths.map(([name]) => name))].filter((name) => !has.has(name));
}
