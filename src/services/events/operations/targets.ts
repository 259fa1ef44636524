import { changeRule, eventsOperation, existingRule } from '../events-context.ts';
import { BUS, busNamed, PAGE, required, RULE, TARGET_ID } from '../member-rules.ts';
import { takePage } from '../paging.ts';

const TARGETS_PER_CALL_MAX = 100;

/** RemoveTargets; ids that the rule does not have are no mistake. Throws ResourceNotFoundException for the rule. */
export const removeTargets = eventsOperation(
  {
    Rule: RULE,
    EventBusName: BUS,
    Ids: required({ type: 'list', countMin: 1, countMax: TARGETS_PER_CALL_MAX, of: TARGET_ID } as const),
    Force: { type: 'flag' },
  },
  async (events, input, context) => {
    const name = { ...busNamed(context, input.EventBusName), rule: input.Rule };
    await changeRule(events, name, (rule) => {
      const targets = rule.targets.filter(({ Id }) => !input.Ids.includes(Id));
      return targets.length === rule.targets.length ? undefined : { ...rule, targets };
    });
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
);

/** ListTargetsByRule, in the order in which they were put. Throws ResourceNotFoundException. */
export const listTargetsByRule = eventsOperation({ Rule: RULE, EventBusName: BUS, ...PAGE }, async (events, input, context) => {
  const { body } = await existingRule(events, { ...busNamed(context, input.EventBusName), rule: input.Rule });
  const page = await takePage(input, (after) => {
    const at = after === undefined ? 0 : body.targets.findIndex(({ Id }) => Id === after) + 1;
    return body.targets.slice(at).map((target) => [target.Id, target] as const);
  });
  return { Targets: page.items, ...page.rest };
});
