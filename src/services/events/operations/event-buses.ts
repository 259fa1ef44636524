import {
  type BusName,
  type BusRecord,
  BUS_KIND,
  busArn,
  busKey,
  DEFAULT_BUS,
  RULE_KIND,
  rulePrefix,
  stampKey,
} from '../../../sources/events/event-buses.ts';
import { changeBus, commitOptimistically, type Events, eventsOperation, existingBus } from '../events-context.ts';
import { eventsError, notBuilt } from '../events-errors.ts';
import { ARN, BUS, busNamed, DEAD_LETTER_CONFIG, DESCRIPTION, OWN_BUS, OWN_BUS_OR_DEFAULT, PAGE, TAGS } from '../member-rules.ts';
import { eachDocument, takePage } from '../paging.ts';
import { mergedTags } from '../tags.ts';

/** Source: EventBridge's page on quotas. */
const BUSES_MAX = 100;

const SETTINGS = {
  Description: DESCRIPTION,
  DeadLetterConfig: DEAD_LETTER_CONFIG,
  KmsKeyIdentifier: { type: 'text', charactersMax: 2_048 },
  LogConfig: { type: 'any' },
} as const;

/** CreateEventBus. Throws ResourceAlreadyExistsException and LimitExceededException. */
export const createEventBus = eventsOperation(
  { Name: OWN_BUS, EventSourceName: ARN, ...SETTINGS, Tags: TAGS },
  async (events, input, { account, region }) => {
    if (input.EventSourceName !== undefined) throw notBuilt('the member EventSourceName of CreateEventBus');
    const settings = checkedSettings(input, 'CreateEventBus');
    if (input.Name.includes('/')) throw eventsError('ValidationException', "Event bus name must not contain '/'.");
    const name: BusName = { account, region, bus: input.Name };
    const tags = mergedTags([], input.Tags ?? []);
    await commitOptimistically(events, async () => {
      const buses = await events.store.totals({ account, region, kind: BUS_KIND });
      if (name.bus === DEFAULT_BUS || (await events.store.get(busKey(name))))
        throw eventsError('ResourceAlreadyExistsException', `Event bus ${name.bus} already exists.`);
      if (buses.documents >= BUSES_MAX)
        throw eventsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
      const nowMs = events.clock.now();
      const body: BusRecord = { ...settings, createdMs: nowMs, modifiedMs: nowMs, statements: [], tags };
      return { changes: [{ put: busKey(name), body, expect: 'absent' }], result: undefined };
    });
    return { EventBusArn: busArn(name), ...shownSettings(settings) };
  },
);

/** UpdateEventBus. Throws ResourceNotFoundException. */
export const updateEventBus = eventsOperation(
  { Name: OWN_BUS_OR_DEFAULT, ...SETTINGS },
  async (events, input, { account, region }) => {
    const settings = checkedSettings(input, 'UpdateEventBus');
    const name: BusName = { account, region, bus: input.Name ?? DEFAULT_BUS };
    const bus = await changeBus(events, name, (present) => ({ ...present, ...settings }));
    return { Arn: busArn(name), Name: name.bus, ...shownSettings(bus) };
  },
);

/** DeleteEventBus; a bus that does not exist is no mistake. Throws ValidationException for the default bus and one with rules. */
export const deleteEventBus = eventsOperation({ Name: OWN_BUS }, async (events, { Name: bus }, { account, region }) => {
  if (bus === DEFAULT_BUS) throw eventsError('ValidationException', 'Cannot delete event bus default.');
  const name: BusName = { account, region, bus };
  await commitOptimistically(events, async () => {
    const stamp = await events.store.get(stampKey(name));
    const found = await events.store.get(busKey(name));
    const rules = await events.store.totals({ account, region, kind: RULE_KIND, prefix: rulePrefix(bus) });
    if (found && rules.documents > 0)
      throw eventsError('ValidationException', `Event bus ${bus} can't be deleted since it has rules.`);
    const changes = [
      ...(found ? [{ remove: busKey(name), expect: found.revision }] : []),
      ...(found && stamp ? [{ remove: stampKey(name), expect: stamp.revision }] : []),
    ];
    return { changes, result: undefined };
  });
  return {};
});

/** DescribeEventBus. Throws ResourceNotFoundException. */
export const describeEventBus = eventsOperation({ Name: BUS }, async (events, input, context) => {
  const name = busNamed(context, input.Name);
  return shownBus(name, (await existingBus(events, name)).body);
});

/** ListEventBuses, in the order of names. */
export const listEventBuses = eventsOperation(
  { NamePrefix: OWN_BUS_OR_DEFAULT, ...PAGE },
  async (events, input, { account, region }) => {
    const page = await takePage(input, (after) => busesFrom(events, { account, region }, input.NamePrefix ?? '', after));
    return { EventBuses: page.items, ...page.rest };
  },
);

/** The default bus stands where its name belongs, with a document or without. */
async function* busesFrom(
  events: Events,
  locality: Omit<BusName, 'bus'>,
  prefix: string,
  after: string | undefined,
): AsyncGenerator<readonly [string, object]> {
  const fallback: BusName = { ...locality, bus: DEFAULT_BUS };
  let isDue = DEFAULT_BUS.startsWith(prefix) && (after === undefined || after < DEFAULT_BUS);
  const shownDefault = async (): Promise<readonly [string, object]> => [
    DEFAULT_BUS,
    shownBus(fallback, (await existingBus(events, fallback)).body),
  ];
  const request = { ...locality, kind: BUS_KIND, prefix, ...(after === undefined ? {} : { after }) };
  for await (const { key, body } of eachDocument<BusRecord>(events.store, request)) {
    if (key.id === DEFAULT_BUS) continue;
    if (isDue && key.id > DEFAULT_BUS) {
      isDue = false;
      yield await shownDefault();
    }
    yield [key.id, shownBus({ ...locality, bus: key.id }, body)];
  }
  if (isDue) yield await shownDefault();
}

type Settings = Pick<BusRecord, 'description' | 'deadLetterArn'>;

function checkedSettings(
  input: {
    readonly Description?: string;
    readonly DeadLetterConfig?: { readonly Arn?: string };
    readonly KmsKeyIdentifier?: string;
    readonly LogConfig?: unknown;
  },
  operation: string,
): Settings {
  if (input.KmsKeyIdentifier) throw notBuilt(`the member KmsKeyIdentifier of ${operation}`);
  if (input.LogConfig !== undefined && (input.LogConfig as { Level?: unknown }).Level !== 'OFF')
    throw notBuilt(`the member LogConfig of ${operation}`);
  const { Description: description, DeadLetterConfig } = input;
  return {
    ...(description === undefined ? {} : { description }),
    ...(DeadLetterConfig?.Arn === undefined ? {} : { deadLetterArn: DeadLetterConfig.Arn }),
  };
}

function shownSettings({ description, deadLetterArn }: Settings): object {
  return {
    ...(description === undefined ? {} : { Description: description }),
    ...(deadLetterArn === undefined ? {} : { DeadLetterConfig: { Arn: deadLetterArn } }),
  };
}

function shownBus(name: BusName, bus: BusRecord): object {
  const { statements, createdMs, modifiedMs } = bus;
  return {
    Name: name.bus,
    Arn: busArn(name),
    ...shownSettings(bus),
    ...(statements.length === 0 ? {} : { Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }),
    ...(createdMs === 0 ? {} : { CreationTime: createdMs / 1_000 }),
    ...(modifiedMs === 0 ? {} : { LastModifiedTime: modifiedMs / 1_000 }),
  };
}
