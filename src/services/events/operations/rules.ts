import { compilePattern } from '../../../model/event-filter/event-matcher.ts';
import { EventPatternError } from '../../../model/event-filter/event-pattern-error.ts';
import { parseRuleSchedule } from '../../../model/schedule/schedule-expression.ts';
import { ScheduleError } from '../../../model/schedule/schedule-error.ts';
import type { Locality } from '../../../model/arn.ts';
import {
  DEFAULT_BUS,
  RULE_KIND,
  ruleArn,
  ruleKey,
  type RuleName,
  type RuleRecord,
  ruleOfKey,
  rulePrefix,
} from '../../../sources/events/event-buses.ts';
import {
  changeRule,
  commitOptimistically,
  type Events,
  eventsOperation,
  existingBus,
  existingRule,
  newStamp,
} from '../events-context.ts';
import { eventsError, notBuilt } from '../events-errors.ts';
import { ARN, BUS, busNamed, DESCRIPTION, PAGE, RULE, RULE_PREFIX, TAGS } from '../member-rules.ts';
import { eachDocument, takePage } from '../paging.ts';
import { mergedTags } from '../tags.ts';

/** Source: EventBridge's page on quotas. */
const RULES_PER_BUS_MAX = 300;
const PATTERN_CHARACTERS_MAX = 4_096;

/** PutRule: makes a rule, or replaces all of one but its targets and tags. */
export const putRule = eventsOperation(
  {
    Name: RULE,
    EventBusName: BUS,
    ScheduleExpression: { type: 'text', charactersMax: 256 },
    EventPattern: { type: 'text', charactersMax: PATTERN_CHARACTERS_MAX },
    State: { type: 'text', choices: ['DISABLED', 'ENABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] },
    Description: DESCRIPTION,
    RoleArn: ARN,
    Tags: TAGS,
  },
  async (events, input, context) => {
    const name = ruleNamed(context, input);
    const { ScheduleExpression, EventPattern } = input;
    if (input.State === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS')
      throw notBuilt('the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS of rules');
    const schedule = ScheduleExpression === '' ? undefined : ScheduleExpression;
    const pattern = EventPattern === '' ? undefined : EventPattern;
    if (schedule === undefined && pattern === undefined)
      throw eventsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
    if (pattern !== undefined) checkPattern(pattern);
    if (schedule !== undefined) checkSchedule(schedule, name);
    const added = input.Tags ?? [];
    await commitOptimistically(events, async () => {
      const stamp = await newStamp(events, name);
      await existingBus(events, name);
      const found = await events.store.get<RuleRecord>(ruleKey(name));
      if (!found) await checkRoom(events, name);
      const nowMs = events.clock.now();
      const enabled = input.State !== 'DISABLED';
      const isSame = found?.body.schedule === schedule && found?.body.enabled === enabled;
      const body: RuleRecord = {
        ...(pattern === undefined ? {} : { pattern }),
        ...(schedule === undefined ? {} : { schedule }),
        enabled,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(input.RoleArn === undefined ? {} : { roleArn: input.RoleArn }),
        scheduledFromMs: found && isSame ? found.body.scheduledFromMs : nowMs,
        targets: found?.body.targets ?? [],
        // Tags of a rule that exists are left alone: they are changed by TagResource.
        tags: found ? found.body.tags : mergedTags([], added),
      };
      return { changes: [{ put: ruleKey(name), body, expect: found?.revision ?? 'absent' }, stamp], result: undefined };
    });
    events.ruleChanged(name);
    return { RuleArn: ruleArn(name) };
  },
);

/** DescribeRule. Throws ResourceNotFoundException. */
export const describeRule = eventsOperation({ Name: RULE, EventBusName: BUS }, async (events, input, context) => {
  const name = ruleNamed(context, input);
  const { body } = await existingRule(events, name);
  return { ...shownRule(name, body), CreatedBy: name.account };
});

/** DeleteRule; one that does not exist is no mistake. Throws ValidationException for one with targets. */
export const deleteRule = eventsOperation(
  { Name: RULE, EventBusName: BUS, Force: { type: 'flag' } },
  async (events, input, context) => {
    const name = ruleNamed(context, input);
    await commitOptimistically(events, async () => {
      const stamp = await newStamp(events, name);
      await existingBus(events, name);
      const found = await events.store.get<RuleRecord>(ruleKey(name));
      if (!found) return { changes: [], result: undefined };
      if (found.body.targets.length > 0) throw eventsError('ValidationException', "Rule can't be deleted since it has targets.");
      return { changes: [{ remove: ruleKey(name), expect: found.revision }, stamp], result: undefined };
    });
    events.ruleChanged(name);
    return {};
  },
);

/** EnableRule. A rate counts from here. Throws ResourceNotFoundException. */
export const enableRule = eventsOperation({ Name: RULE, EventBusName: BUS }, async (events, input, context) => {
  const scheduledFromMs = events.clock.now();
  await changeRule(events, ruleNamed(context, input), (rule) =>
    rule.enabled ? undefined : { ...rule, enabled: true, scheduledFromMs },
  );
  return {};
});

/** DisableRule. Throws ResourceNotFoundException. */
export const disableRule = eventsOperation({ Name: RULE, EventBusName: BUS }, async (events, input, context) => {
  await changeRule(events, ruleNamed(context, input), (rule) => (rule.enabled ? { ...rule, enabled: false } : undefined));
  return {};
});

/** ListRules, in the order of names. Throws ResourceNotFoundException for the bus. */
export const listRules = eventsOperation(
  { NamePrefix: RULE_PREFIX, EventBusName: BUS, ...PAGE },
  async (events, input, context) => {
    const bus = busNamed(context, input.EventBusName);
    await existingBus(events, bus);
    const page = await takePage(input, (after) => rulesFrom(events, bus, input.NamePrefix ?? '', after));
    return { Rules: page.items.map(({ name, rule }) => shownRule(name, rule)), ...page.rest };
  },
);

/** ListRuleNamesByTarget: the rules with a target of this ARN. Throws ResourceNotFoundException for the bus. */
export const listRuleNamesByTarget = eventsOperation(
  { TargetArn: { ...ARN, required: true }, EventBusName: BUS, ...PAGE },
  async (events, input, context) => {
    const bus = busNamed(context, input.EventBusName);
    await existingBus(events, bus);
    const page = await takePage(input, async function* (after) {
      for await (const [id, found] of rulesFrom(events, bus, '', after))
        if (found.rule.targets.some(({ Arn }) => Arn === input.TargetArn)) yield [id, found.name.rule] as const;
    });
    return { RuleNames: page.items, ...page.rest };
  },
);

/** The rule that the members `name` and `bus` of an input stand for. */
function ruleNamed(locality: Locality, input: { readonly Name: string; readonly EventBusName?: string }): RuleName {
  return { ...busNamed(locality, input.EventBusName), rule: input.Name };
}

async function* rulesFrom(
  events: Events,
  { account, region, bus }: Omit<RuleName, 'rule'>,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<readonly [string, { readonly name: RuleName; readonly rule: RuleRecord }]> {
  const request = { account, region, kind: RULE_KIND, prefix: rulePrefix(bus) + prefix };
  for await (const { key, body } of eachDocument<RuleRecord>(events.store, {
    ...request,
    ...(after === undefined ? {} : { after }),
  }))
    yield [key.id, { name: ruleOfKey(key), rule: body }];
}

async function checkRoom({ store }: Events, { account, region, bus }: RuleName): Promise<void> {
  const { documents } = await store.totals({ account, region, kind: RULE_KIND, prefix: rulePrefix(bus) });
  if (documents >= RULES_PER_BUS_MAX)
    throw eventsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
}

/** Throws InvalidEventPatternException. */
export function checkPattern(pattern: string): ReturnType<typeof compilePattern> {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof EventPatternError)) throw error;
    throw eventsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}

function checkSchedule(schedule: string, { bus }: RuleName): void {
  if (bus !== DEFAULT_BUS)
    throw eventsError('ValidationException', 'ScheduleExpression is supported only on the default event bus.');
  try {
    parseRuleSchedule(schedule);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    throw eventsError('ValidationException', error.message);
  }
}

function shownRule(name: RuleName, rule: RuleRecord): object {
  return {
    Name: name.rule,
    Arn: ruleArn(name),
    ...(rule.pattern === undefined ? {} : { EventPattern: rule.pattern }),
    ...(rule.schedule === undefined ? {} : { ScheduleExpression: rule.schedule }),
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
    ...(rule.description === undefined ? {} : { Description: rule.description }),
    ...(rule.roleArn === undefined ? {} : { RoleArn: rule.roleArn }),
    EventBusName: name.bus,
  };
}
