import type { Locality } from '../../model/arn.ts';
import { type BusName, busOfArn, DEFAULT_BUS } from '../../sources/events/event-buses.ts';
import { eventsError } from './events-errors.ts';

// Rules of members from EventBridge's API reference.

/** Makes a rule one that must be there. */
export function required<const Rule extends object>(rule: Rule): Rule & { readonly required: true } {
  return { ...rule, required: true };
}

const RULE_NAME = { type: 'text', charactersMin: 1, charactersMax: 64, pattern: '[\\.\\-_A-Za-z0-9]+' } as const;
const BUS_NAME = { type: 'text', charactersMin: 1, charactersMax: 256, pattern: '[/\\.\\-_A-Za-z0-9]+' } as const;

/** Name of a rule. */
export const RULE = required(RULE_NAME);
/** What the names of a listing begin with. */
export const RULE_PREFIX = RULE_NAME;
/** Name of a bus that is to be made, changed or deleted. */
export const OWN_BUS = required(BUS_NAME);
/** The same where it may be left out. */
export const OWN_BUS_OR_DEFAULT = BUS_NAME;
/** Name or ARN of a bus; without one it is the default bus. */
export const BUS = {
  type: 'text',
  charactersMin: 1,
  charactersMax: 1_600,
  pattern: '(arn:aws[\\w-]*:events:[a-z]+-[a-z]+-[\\w-]+:[0-9]{12}:event-bus\\/)?[/\\.\\-_A-Za-z0-9]+',
} as const;
/** Any ARN. */
export const ARN = { type: 'text', charactersMin: 1, charactersMax: 1_600 } as const;
/** Id of a target. */
export const TARGET_ID = required({ type: 'text', charactersMin: 1, charactersMax: 64, pattern: '[\\.\\-_A-Za-z0-9]+' } as const);
/** What a listing is taken with. */
export const PAGE = {
  Limit: { type: 'integer', lowest: 1, highest: 100 },
  NextToken: { type: 'text', charactersMin: 1, charactersMax: 2_048 },
} as const;
/** Description of a rule or a bus. */
export const DESCRIPTION = { type: 'text', charactersMax: 512 } as const;
/** Tags that are set. */
export const TAGS = {
  type: 'list',
  countMax: 50,
  of: {
    type: 'structure',
    members: {
      Key: required({ type: 'text', charactersMin: 1, charactersMax: 128 } as const),
      Value: required({ type: 'text', charactersMax: 256 } as const),
    },
  },
} as const;
/** A dead-letter queue. */
export const DEAD_LETTER_CONFIG = { type: 'structure', members: { Arn: ARN } } as const;

/** The bus that a member names, by name or ARN. Throws ValidationException for an ARN of another region. */
export function busNamed({ account, region }: Locality, given: string | undefined): BusName {
  if (given === undefined || !given.startsWith('arn:')) return { account, region, bus: given ?? DEFAULT_BUS };
  const named = busOfArn(given);
  if (named === undefined || named.region !== region)
    throw eventsError(
      'ValidationException',
      'Parameter EventBusName is not valid. Reason: Provided Arn is not in correct format.',
    );
  return named;
}
