import type { JsonMemberRule } from '../../wire/aws-json/json-members.ts';

/** The rule of a member that must be there. */
export function required<const Rule extends JsonMemberRule>(rule: Rule): Rule & { readonly required: true } {
  return { ...rule, required: true };
}

const ARN_CHARACTERS_MAX = 2_048;
/** Bounds of pages of every listing. */
export const PAGE = { type: 'integer', lowest: 1, highest: 10_000 } as const;
/** Longest token; ours are shorter. */
export const TOKEN = { type: 'text', charactersMin: 1, charactersMax: 1_048_576 } as const;

/** Names of streams, shards and consumers. */
export const NAME = { type: 'text', charactersMin: 1, charactersMax: 128, pattern: '[a-zA-Z0-9_.-]+' } as const;

/** ARN of a stream. */
export const STREAM_ARN = {
  type: 'text',
  charactersMin: 1,
  charactersMax: ARN_CHARACTERS_MAX,
  pattern: 'arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+',
} as const;

/** ARN of a consumer. */
export const CONSUMER_ARN = {
  type: 'text',
  charactersMin: 1,
  charactersMax: ARN_CHARACTERS_MAX,
  pattern: '^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+',
} as const;

/** ARN of either. */
export const RESOURCE_ARN = required({
  type: 'text',
  charactersMin: 1,
  charactersMax: ARN_CHARACTERS_MAX,
  pattern: 'arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+',
});

/** The members by which most requests name a stream. */
export const STREAM = { StreamName: NAME, StreamARN: STREAM_ARN } as const;

/** A hash key in decimal digits. */
export const HASH_KEY = { type: 'text', pattern: '0|([1-9]\\d{0,38})' } as const;

/** A sequence number. */
export const SEQUENCE_NUMBER = { type: 'text', pattern: '0|([1-9]\\d{0,128})' } as const;

/** Tags to set, by key. */
export const TAGS = { type: 'map', countMax: 200, of: { type: 'text', charactersMin: 0, charactersMax: 256 } } as const;

/** Keys of tags to remove. */
export const TAG_KEYS = required({
  type: 'list',
  countMin: 1,
  countMax: 50,
  of: { type: 'text', charactersMin: 1, charactersMax: 128 },
});

/** How a stream's capacity is meant. */
export const MODE = {
  type: 'structure',
  members: { StreamMode: required({ type: 'text', choices: ['PROVISIONED', 'ON_DEMAND'] }) },
} as const;
