import type { JsonMemberRules } from '../../../wire/aws-json/json-members.ts';

/** Members that several operations on items have, by what they must be. */
export const TABLE_NAME = { type: 'text', charactersMin: 1, charactersMax: 1_024, required: true } as const;
export const INDEX_NAME = { type: 'text', charactersMin: 3, charactersMax: 255, pattern: '[a-zA-Z0-9_.-]+' } as const;
export const ANY = { type: 'any' } as const;
export const REQUIRED = { type: 'any', required: true } as const;
export const FLAG = { type: 'flag' } as const;
export const TEXT = { type: 'text' } as const;
export const SELECT = {
  type: 'text',
  choices: ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'],
} as const;

/** What a failed condition is answered with. */
export const FAILURE_VALUES = { type: 'text', choices: ['ALL_OLD', 'NONE'] } as const;

/** How much a read tells of itself. */
export const READ_REPORT = {
  ReturnConsumedCapacity: { type: 'text', choices: ['INDEXES', 'TOTAL', 'NONE'] },
} as const satisfies JsonMemberRules;

/** How much a write tells of itself. */
export const WRITE_REPORT = {
  ...READ_REPORT,
  ReturnItemCollectionMetrics: { type: 'text', choices: ['SIZE', 'NONE'] },
} as const satisfies JsonMemberRules;

/** What a write of one item may have. */
export const WRITE_MEMBERS = {
  TableName: TABLE_NAME,
  ...WRITE_REPORT,
  ReturnValues: { type: 'text', choices: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'] },
  ReturnValuesOnConditionCheckFailure: FAILURE_VALUES,
} as const satisfies JsonMemberRules;
