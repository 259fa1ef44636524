import { type BusName, busOfArn, DEFAULT_BUS, type EventsTag, type RuleName } from '../../../sources/events/event-buses.ts';
import { changeBus, changeRule, type Events, eventsOperation, existingBus, existingRule } from '../events-context.ts';
import { eventsError } from '../events-errors.ts';
import { ARN, required, TAGS } from '../member-rules.ts';
import { mergedTags, tagsWithout } from '../tags.ts';

/** TagResource, of a bus or a rule. Throws ResourceNotFoundException. */
export const tagResource = eventsOperation(
  { ResourceARN: required(ARN), Tags: required(TAGS) },
  async (events, input, context) => {
    await change(events, resourceOf(input.ResourceARN, context), (present) => mergedTags(present, input.Tags));
    return {};
  },
);

/** UntagResource. Throws ResourceNotFoundException. */
export const untagResource = eventsOperation(
  {
    ResourceARN: required(ARN),
    TagKeys: required({ type: 'list', countMax: 50, of: { type: 'text', charactersMin: 1, charactersMax: 128 } } as const),
  },
  async (events, input, context) => {
    await change(events, resourceOf(input.ResourceARN, context), (present) => tagsWithout(present, input.TagKeys));
    return {};
  },
);

/** ListTagsForResource. Throws ResourceNotFoundException. */
export const listTagsForResource = eventsOperation({ ResourceARN: required(ARN) }, async (events, input, context) => {
  const resource = resourceOf(input.ResourceARN, context);
  const { body } = 'rule' in resource ? await existingRule(events, resource) : await existingBus(events, resource);
  return { Tags: body.tags };
});

async function change(
  events: Events,
  resource: BusName | RuleName,
  tags: (present: readonly EventsTag[]) => readonly EventsTag[],
): Promise<void> {
  if ('rule' in resource) return changeRule(events, resource, (rule) => ({ ...rule, tags: tags(rule.tags) }));
  await changeBus(events, resource, (bus) => ({ ...bus, tags: tags(bus.tags) }));
}

/** Names of buses may hold slashes, those of rules don't. */
function resourceOf(arn: string, here: { readonly account: string; readonly region: string }): BusName | RuleName {
  const bus = busOfArn(arn);
  const [, region = '', account = '', path = '', rule = ''] =
    /^arn:aws[\w-]*:events:([a-z0-9-]+):(\d{12}):rule\/(?:([/.\-_A-Za-z0-9]{1,256})\/)?([.\-_A-Za-z0-9]{1,64})$/.exec(arn) ?? [];
  const resource = bus ?? (rule === '' ? undefined : { account, region, bus: path === '' ? DEFAULT_BUS : path, rule });
  if (resource === undefined || resource.account !== here.account || resource.region !== here.region)
    throw eventsError(
      'ValidationException',
      'Parameter ResourceARN is not valid. Reason: Provided Arn is not in correct format.',
    );
  return resource;
}
