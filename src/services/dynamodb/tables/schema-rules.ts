import type { JsonMemberRule } from '../../../wire/aws-json/json-members.ts';
import { validation } from '../values/validation.ts';

// Rules of the inputs of operations on tables. Source: the service model; constraints that the model lacks by AWS's answers.

const NAME_CHARACTERS = '[a-zA-Z0-9_.-]+';
const ATTRIBUTE_NAME = { type: 'text', charactersMin: 1, charactersMax: 255, required: true } as const;
/** Also of indices. */
const INDEX_NAME = { type: 'text', charactersMin: 3, charactersMax: 255, pattern: NAME_CHARACTERS, required: true } as const;
const UNITS = { type: 'integer', lowest: 1, highest: Number.MAX_SAFE_INTEGER, required: true } as const;
const UNITS_OR_NONE = { type: 'integer', lowest: -1, highest: Number.MAX_SAFE_INTEGER } as const;
const COUNT_MAX = 1_000;

export const ATTRIBUTE_DEFINITIONS = {
  type: 'list',
  countMax: COUNT_MAX,
  of: {
    type: 'structure',
    members: { AttributeName: ATTRIBUTE_NAME, AttributeType: { type: 'text', choices: ['S', 'N', 'B'], required: true } },
  },
} as const;

export const KEY_SCHEMA = {
  type: 'list',
  countMin: 1,
  countMax: 8,
  of: {
    type: 'structure',
    members: { AttributeName: ATTRIBUTE_NAME, KeyType: { type: 'text', choices: ['HASH', 'RANGE'], required: true } },
  },
} as const;

const PROJECTION = {
  type: 'structure',
  members: {
    ProjectionType: { type: 'text', choices: ['ALL', 'KEYS_ONLY', 'INCLUDE'] },
    NonKeyAttributes: {
      type: 'list',
      countMin: 1,
      countMax: COUNT_MAX,
      of: { type: 'text', charactersMin: 1, charactersMax: 255 },
    },
  },
} as const;

export const THROUGHPUT = { type: 'structure', members: { ReadCapacityUnits: UNITS, WriteCapacityUnits: UNITS } } as const;
export const ON_DEMAND = {
  type: 'structure',
  members: { MaxReadRequestUnits: UNITS_OR_NONE, MaxWriteRequestUnits: UNITS_OR_NONE },
} as const;

export const LOCAL_INDEX = {
  type: 'structure',
  members: { IndexName: INDEX_NAME, KeySchema: { ...KEY_SCHEMA, required: true }, Projection: { ...PROJECTION, required: true } },
} as const;
export const GLOBAL_INDEX = {
  type: 'structure',
  members: { ...LOCAL_INDEX.members, ProvisionedThroughput: THROUGHPUT, OnDemandThroughput: ON_DEMAND },
} as const;
export const GLOBAL_INDEX_UPDATES = {
  type: 'list',
  countMax: COUNT_MAX,
  of: {
    type: 'structure',
    members: {
      Create: GLOBAL_INDEX,
      Update: {
        type: 'structure',
        members: { IndexName: INDEX_NAME, ProvisionedThroughput: THROUGHPUT, OnDemandThroughput: ON_DEMAND },
      },
      Delete: { type: 'structure', members: { IndexName: INDEX_NAME } },
    },
  },
} as const;
export const LOCAL_INDEXES = { type: 'list', countMax: COUNT_MAX, of: LOCAL_INDEX } as const;
export const GLOBAL_INDEXES = { type: 'list', countMax: COUNT_MAX, of: GLOBAL_INDEX } as const;

export const BILLING_MODE = { type: 'text', choices: ['PROVISIONED', 'PAY_PER_REQUEST'] } as const;
export const STREAM_SPECIFICATION = {
  type: 'structure',
  members: {
    StreamEnabled: { type: 'flag', required: true },
    StreamViewType: { type: 'text', choices: ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'] },
  },
} as const;
export const ENCRYPTION = {
  type: 'structure',
  members: {
    Enabled: { type: 'flag' },
    SSEType: { type: 'text', choices: ['AES256', 'KMS'] },
    KMSMasterKeyId: { type: 'text' },
  },
} as const;
export const TABLE_CLASS = { type: 'text', choices: ['STANDARD', 'STANDARD_INFREQUENT_ACCESS'] } as const;
export const TAGS = {
  type: 'list',
  countMax: COUNT_MAX,
  of: {
    type: 'structure',
    members: {
      Key: { type: 'text', charactersMin: 1, charactersMax: 128, required: true },
      Value: { type: 'text', charactersMin: 0, charactersMax: 256, required: true },
    },
  },
} as const;
/** Of a table that exists: a name or an ARN. */
export const TABLE = { type: 'text', charactersMin: 1, charactersMax: 1_024 } as const satisfies JsonMemberRule;

/** A table's name, checked as operations on tables do. Throws ValidationException. */
export function checkedTableName(given: string | undefined, form: 'name' | 'name or ARN' = 'name or ARN'): string {
  if (given === undefined) throw validation("The parameter 'TableName' is required but was not present in the request");
  if (form === 'name or ARN' && given.startsWith('arn:')) {
    if (/^arn:[^:]+:dynamodb:[^:]*:[^:]*:table\/[a-zA-Z0-9_.-]{3,255}$/.test(given)) return given;
    throw validation('Invalid table ARN');
  }
  if (given.length < 3 || given.length > 255)
    throw validation('TableName must be at least 3 characters long and at most 255 characters long');
  if (!new RegExp(`^${NAME_CHARACTERS}$`).test(given)) {
    throw validation(
      `1 validation error detected: Value '${given}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${NAME_CHARACTERS}`,
    );
  }
  return given;
}
