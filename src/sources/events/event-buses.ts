import type { Locality } from '../../model/arn.ts';
import type { DocumentKey } from '../../ports/metadata-store.ts';

/** The bus that every account has, and that can't be deleted. */
export const DEFAULT_BUS = 'default';

/** A bus in its account and region. */
export interface BusName extends Locality {
  readonly bus: string;
}

/** A rule of a bus. */
export interface RuleName extends BusName {
  readonly rule: string;
}

/** Tag of a bus or a rule. */
export interface EventsTag {
  readonly Key: string;
  readonly Value: string;
}

/** One statement of a bus's policy. It is kept and told; nobody is refused by it. */
export type BusStatement = Readonly<Record<string, unknown>>;

/** A bus. The default one has a document only when something of it was changed. */
export interface BusRecord {
  readonly description?: string;
  readonly deadLetterArn?: string;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly statements: readonly BusStatement[];
  readonly tags: readonly EventsTag[];
}

/** How what a target gets is made of the event; at most one of the three is there. */
export interface TargetInput {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: { readonly InputPathsMap?: Readonly<Record<string, string>>; readonly InputTemplate: string };
}

/** A target of a rule, its members named as the API names them. */
export interface RuleTarget extends TargetInput {
  readonly Id: string;
  readonly Arn: string;
  /** Kept and told. */
  readonly RoleArn?: string;
  readonly SqsParameters?: { readonly MessageGroupId?: string };
  readonly DeadLetterConfig?: { readonly Arn?: string };
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number };
}

/** A rule with its targets, which live and die with it. */
export interface RuleRecord {
  readonly pattern?: string;
  readonly schedule?: string;
  readonly enabled: boolean;
  readonly description?: string;
  /** Kept and told. */
  readonly roleArn?: string;
  /** Where a rate counts from: when the schedule was given or the rule was enabled. Epoch ms. */
  readonly scheduledFromMs: number;
  /** In the order in which they were first put. */
  readonly targets: readonly RuleTarget[];
  readonly tags: readonly EventsTag[];
}

/**
 * Written with every change of a bus's rules, so that whoever has compiled them can see that they are others now, and so
 * that two can't take the last place for a rule. The word in it is never the same twice.
 */
export interface RulesStamp {
  readonly stamp: string;
}

export const BUS_KIND = 'events-bus';
export const RULE_KIND = 'events-rule';

/** Key of a bus. */
export const busKey = ({ account, region, bus }: BusName): DocumentKey => ({ account, region, kind: BUS_KIND, id: bus });
/** What the keys of all rules of a bus begin with. Names hold no line breaks. */
export const rulePrefix = (bus: string): string => `${bus}\n`;
/** Key of a rule. */
export const ruleKey = ({ account, region, bus, rule }: RuleName): DocumentKey => ({
  account,
  region,
  kind: RULE_KIND,
  id: rulePrefix(bus) + rule,
});
/** Key of the stamp of a bus's rules. */
export const stampKey = ({ account, region, bus }: BusName): DocumentKey => ({
  account,
  region,
  kind: 'events-rules-stamp',
  id: bus,
});

/** The rule that a key of {@link RULE_KIND} stands for. */
export function ruleOfKey({ account, region, id }: DocumentKey): RuleName {
  const end = id.indexOf('\n');
  return { account, region, bus: id.slice(0, end), rule: id.slice(end + 1) };
}

/** ARN of a bus. */
export function busArn({ account, region, bus }: BusName): string {
  return `arn:aws:events:${region}:${account}:event-bus/${bus}`;
}

/** ARN of a rule; rules of the default bus are named without it. */
export function ruleArn({ account, region, bus, rule }: RuleName): string {
  return `arn:aws:events:${region}:${account}:rule/${bus === DEFAULT_BUS ? '' : `${bus}/`}${rule}`;
}

/** The bus that an ARN names; undefined for what is no ARN of a bus. */
export function busOfArn(arn: string): BusName | undefined {
  const [, region, account, bus] =
    /^arn:aws[\w-]*:events:([a-z0-9-]+):(\d{12}):event-bus\/([/.\-_A-Za-z0-9]{1,256})$/.exec(arn) ?? [];
  return region === undefined || account === undefined || bus === undefined ? undefined : { account, region, bus };
}
