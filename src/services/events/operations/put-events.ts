import type { ArrivedEvent } from '../../../sources/events/event-router.ts';
import { DEFAULT_BUS, busKey } from '../../../sources/events/event-buses.ts';
import { envelopeOf } from '../../../sources/events/event-envelope.ts';
import type { JsonMemberValues } from '../../../wire/aws-json/json-members.ts';
import type { RequestContext } from '../../../wire/service.ts';
import { type Events, eventsOperation } from '../events-context.ts';
import { eventsError, notBuilt } from '../events-errors.ts';
import { BUS, busNamed, required } from '../member-rules.ts';

const ENTRIES_MAX = 10;
/** Of all entries together. Source: EventBridge's page on quotas. */
const BYTES_MAX = 1_048_576;
/** What a time counts. Source: EventBridge's page on the size of entries. */
const TIME_BYTES = 14;

const ENTRY = {
  Source: { type: 'text' },
  DetailType: { type: 'text' },
  Detail: { type: 'text' },
  Resources: { type: 'list', countMax: 10_000, of: { type: 'text' } },
  Time: { type: 'time' },
  EventBusName: BUS,
  TraceHeader: { type: 'text', charactersMax: 500 },
} as const;
type Entry = JsonMemberValues<typeof ENTRY>;
type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

/**
 * PutEvents: answers when every delivery that the events cause is on disk. What is wrong with one entry is told of it,
 * and the others are taken. An event for a bus that does not exist is taken and goes nowhere, as on AWS.
 */
export const putEvents = eventsOperation(
  {
    Entries: required({ type: 'list', countMin: 1, countMax: ENTRIES_MAX, of: { type: 'structure', members: ENTRY } } as const),
    EndpointId: { type: 'text' },
  },
  async (events, input, context) => {
    if (input.EndpointId !== undefined) throw notBuilt('the member EndpointId of PutEvents');
    if (input.Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > BYTES_MAX)
      throw eventsError('ValidationException', 'Total size of the entries in the request is over the limit.');
    const arrived: ArrivedEvent[] = [];
    const results: EntryResult[] = [];
    for (const entry of input.Entries) {
      const refusal = refusalOf(entry);
      if (refusal === undefined) {
        const event = await arrive(events, entry, context);
        arrived.push(event);
        results.push({ EventId: event.id });
      } else results.push(refusal);
    }
    await events.route(arrived);
    return { FailedEntryCount: results.length - arrived.length, Entries: results };
  },
);

async function arrive(events: Events, entry: Entry, context: RequestContext): Promise<ArrivedEvent> {
  const { account, region, traceHeader = entry.TraceHeader } = context;
  const bus = busNamed(context, entry.EventBusName);
  const id = events.ids.uuid();
  if (bus.bus !== DEFAULT_BUS && !(await events.store.get(busKey(bus))))
    events.logger.warn({ eventId: id, bus: bus.bus }, 'an event was put to a bus that does not exist; it goes nowhere');
  const envelope = envelopeOf({
    id,
    account,
    region,
    source: entry.Source ?? '',
    detailType: entry.DetailType ?? '',
    detail: entry.Detail ?? '',
    resources: entry.Resources ?? [],
    atMs: entry.Time ?? events.clock.now(),
  });
  return { bus, id, envelope, hops: 0, ...(traceHeader === undefined ? {} : { traceHeader }) };
}

function refusalOf({ Source, DetailType, Detail }: Entry): EntryResult | undefined {
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!Detail) return missing('Detail');
  if (Source.startsWith('aws.'))
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  if (isJsonObject(Detail)) return undefined;
  return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function missing(member: string): EntryResult {
  return {
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${member} is not valid. Reason: ${member} is a required argument.`,
  };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function sizeOf({ Source = '', DetailType = '', Detail = '', Resources = [], Time }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);
}
