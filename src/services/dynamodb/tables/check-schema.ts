import { dynamodbError } from '../dynamodb-errors.ts';
import { invalidParameter, validation } from '../values/validation.ts';
import type { AttributeDefinition, KeySchemaElement, Projection } from './table-record.ts';

/** An index as a request gives it. */
export interface GivenIndex {
  readonly IndexName: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly Projection: { readonly ProjectionType?: string; readonly NonKeyAttributes?: readonly string[] };
}

/** All keys of a table, as they are to be. */
export interface GivenSchema {
  readonly definitions: readonly AttributeDefinition[];
  readonly table: readonly KeySchemaElement[];
  readonly local: readonly GivenIndex[];
  readonly global: readonly GivenIndex[];
}

/** Source: the page of DynamoDB's quotas. */
const LOCAL_MAX = 5;
const GLOBAL_MAX = 20;
/** Attributes that indices name in their projections, all together. */
const PROJECTED_MAX = 100;

/** Holds the keys and indices of a table against each other. Throws ValidationException in AWS's words. */
export function checkSchema({ definitions, table, local, global }: GivenSchema): void {
  const names = definitions.map(({ AttributeName }) => AttributeName);
  if (new Set(names).size < names.length) throw invalidParameter('Cannot have two attributes with the same name');
  checkKeys(table, definitions);
  for (const index of local) checkLocal(index, table, definitions);
  for (const index of global) {
    checkKeys(index.KeySchema, definitions);
    checkProjection(index);
  }
  checkCounts(local, global);
  const used = new Set(
    [table, ...[...local, ...global].map(({ KeySchema }) => KeySchema)].flat().map((key) => key.AttributeName),
  );
  if (used.size === names.length) return;
  if (local.length + global.length === 0) {
    throw invalidParameter(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
  throw invalidParameter(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${names.join(', ')}], keys used: [${[...used].join(', ')}]`,
  );
}

/** A projection that was checked, with its defaults. */
export function projectionOf({ Projection: { ProjectionType, NonKeyAttributes } }: GivenIndex): Projection {
  const type = (ProjectionType ?? 'ALL') as Projection['ProjectionType'];
  return { ProjectionType: type, ...(NonKeyAttributes ? { NonKeyAttributes } : {}) };
}

function checkKeys(schema: GivenIndex['KeySchema'], definitions: readonly AttributeDefinition[]): void {
  const [hash, range, ...more] = schema;
  if (more.length > 0)
    throw validation('lambkin does not support keys of more than one partition key and one sort key attribute yet.');
  if (hash?.KeyType !== 'HASH') throw validation('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  if (range && range.KeyType !== 'RANGE')
    throw validation('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  if (hash.AttributeName === range?.AttributeName)
    throw validation('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  const defined = definitions.map(({ AttributeName }) => AttributeName);
  const keys = schema.map(({ AttributeName }) => AttributeName);
  if (keys.some((name) => !defined.includes(name))) {
    throw invalidParameter(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys.join(', ')}], ` +
        `AttributeDefinitions: [${defined.join(', ')}]`,
    );
  }
}

function checkLocal(index: GivenIndex, table: readonly KeySchemaElement[], definitions: readonly AttributeDefinition[]): void {
  if (table.length < 2) {
    throw invalidParameter('Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex');
  }
  checkKeys(index.KeySchema, definitions);
  const { IndexName: name, KeySchema: keys } = index;
  if (keys.length < 2) throw invalidParameter(`Index KeySchema does not have a range key for index: ${name}`);
  if (keys[0]?.AttributeName !== table[0]?.AttributeName) {
    throw invalidParameter(
      `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${name}. ` +
        `index hash key: ${keys[0]?.AttributeName}, table hash key: ${table[0]?.AttributeName}`,
    );
  }
  checkProjection(index);
}

function checkProjection({ Projection: { ProjectionType: type, NonKeyAttributes: names } }: GivenIndex): void {
  if (type === undefined) throw invalidParameter('Unknown ProjectionType: null');
  if (type === 'INCLUDE' && !names) throw invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  if (type !== 'INCLUDE' && names) throw invalidParameter(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  const twin = names?.find((name, at) => names.indexOf(name) < at);
  if (twin !== undefined) throw invalidParameter(`Duplicate attribute found in NonKeyAttributes: ${twin}`);
}

function checkCounts(local: readonly GivenIndex[], global: readonly GivenIndex[]): void {
  const names = [...local, ...global].map(({ IndexName }) => IndexName);
  const twin = names.find((name, at) => names.indexOf(name) < at);
  if (twin !== undefined) throw invalidParameter(`Duplicate index name: ${twin}`);
  if (local.length > LOCAL_MAX) throw invalidParameter(`Number of LocalSecondaryIndexes exceeds per-table limit of ${LOCAL_MAX}`);
  if (global.length > GLOBAL_MAX)
    throw invalidParameter(`GlobalSecondaryIndex count exceeds the per-table limit of ${GLOBAL_MAX}`);
  const projected = [...local, ...global].reduce((sum, index) => sum + (index.Projection.NonKeyAttributes?.length ?? 0), 0);
  if (projected > PROJECTED_MAX) {
    throw dynamodbError(
      'LimitExceededException',
      `The number of projected attributes is ${projected}, which exceeds the limit of ${PROJECTED_MAX} of a table`,
    );
  }
}
