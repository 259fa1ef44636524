import { required } from '../../wire/query/members.ts';

// Rules of members that several operations have. What AWS refuses in words of its own is checked by the operations.

/** ARN of a topic or a subscription. */
export const ARN = required({ type: 'text', charactersMax: 2_048 });
/** Attributes by name. */
export const ATTRIBUTES = { type: 'map', countMax: 100, of: { type: 'text' } } as const;
/** Where a listing goes on. */
export const NEXT_TOKEN = { type: 'text', charactersMax: 1_024 } as const;

const TAG_KEY = { type: 'text', charactersMin: 1, charactersMax: 128 } as const;
/** Tags to set. */
export const TAGS = {
  type: 'list',
  countMax: 50,
  of: { type: 'structure', members: { Key: required(TAG_KEY), Value: required({ type: 'text', charactersMax: 256 }) } },
} as const;
/** Keys of tags. */
export const TAG_KEYS = required({ type: 'list', countMax: 50, of: TAG_KEY });
