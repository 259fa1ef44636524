import { required } from '../../wire/query/members.ts';

// Rules of members from the API reference of IAM.

const NAME_PATTERN = /^[\w+=,.@-]+$/;
const nameRefusal = (member: string): string =>
  `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`;

/** Name of a role. */
export const ROLE_NAME = required({
  type: 'text',
  charactersMin: 1,
  charactersMax: 64,
  pattern: NAME_PATTERN,
  refusal: nameRefusal('roleName'),
});
/** Name of a policy, managed or inline. */
export const POLICY_NAME = required({
  type: 'text',
  charactersMin: 1,
  charactersMax: 128,
  pattern: NAME_PATTERN,
  refusal: nameRefusal('policyName'),
});
/** Name of a user. */
export const USER_NAME = {
  type: 'text',
  charactersMin: 1,
  charactersMax: 128,
  pattern: NAME_PATTERN,
  refusal: nameRefusal('userName'),
} as const;
/** ARN of a managed policy; what it names is looked at when it is looked up. */
export const POLICY_ARN = required({ type: 'text', charactersMin: 20, charactersMax: 2_048 });

const pathRule = (pattern: RegExp) =>
  ({
    type: 'text',
    charactersMin: 1,
    charactersMax: 512,
    pattern,
    refusal:
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  }) as const;
/** Path of a role. */
export const ROLE_PATH = pathRule(/^\/(?:[\x21-\x7e]+\/)?$/);
/** Path of a managed policy. */
export const POLICY_PATH = pathRule(/^(?:\/[A-Za-z0-9.,+@=_-]+)*\/$/);
/** What the paths of a listing begin with. */
export const PATH_PREFIX = {
  type: 'text',
  charactersMin: 1,
  charactersMax: 512,
  pattern: /^\/[\x21-\x7f]*$/,
  refusal:
    'The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters.',
} as const;

const documentRule = (member: string) =>
  required({
    type: 'text',
    charactersMin: 1,
    charactersMax: 131_072,
    pattern: /^[\t\n\r\x20-\xff]+$/,
    refusal: `The specified value for ${member} is invalid. It must contain only printable ASCII characters.`,
  });
/** Text of a policy. */
export const POLICY_DOCUMENT = documentRule('policyDocument');
/** Text of a trust policy where a role is made. */
export const ASSUME_ROLE_POLICY_DOCUMENT = documentRule('assumeRolePolicyDocument');
/** Description of a role. */
export const ROLE_DESCRIPTION = {
  type: 'text',
  charactersMax: 1_000,
  pattern: /^[\t\n\r\x20-\x7e\xa1-\xff]*$/,
  patternText: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*',
} as const;
/** Description of a managed policy. */
export const POLICY_DESCRIPTION = { type: 'text', charactersMax: 1_000 } as const;
/** How long a session of a role may last, in seconds. */
export const MAX_SESSION_DURATION = { type: 'integer', lowest: 3_600, highest: 43_200 } as const;
/** `v1` */
export const VERSION_ID = required({
  type: 'text',
  pattern: /^v[1-9][0-9]*(?:\.[A-Za-z0-9-]*)?$/,
  patternText: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?',
});

/** Members of every listing that has pages. */
export const PAGE = {
  Marker: { type: 'text', charactersMin: 1, charactersMax: 320, pattern: /^[\x20-\xff]+$/, patternText: '[\\u0020-\\u00FF]+' },
  MaxItems: { type: 'integer', lowest: 1, highest: 1_000 },
} as const;

const TAG_KEY = {
  type: 'text',
  charactersMin: 1,
  charactersMax: 128,
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u,
  patternText: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+',
} as const;
const TAG_VALUE = {
  type: 'text',
  charactersMax: 256,
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
  patternText: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*',
} as const;
/** Tags to set; also the tags of STS's sessions. */
export const TAGS = {
  type: 'list',
  countMax: 50,
  of: { type: 'structure', members: { Key: required(TAG_KEY), Value: required(TAG_VALUE) } },
} as const;
/** Keys of tags. */
export const TAG_KEYS = { type: 'list', countMax: 50, of: TAG_KEY } as const;
