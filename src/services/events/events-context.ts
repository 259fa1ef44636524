import { type Attempt, commitOptimistically as commit } from '../../documents/optimistic-commit.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Change, Document, MetadataStore } from '../../ports/metadata-store.ts';
import {
  type BusName,
  type BusRecord,
  busKey,
  DEFAULT_BUS,
  type RuleName,
  type RuleRecord,
  type RulesStamp,
  ruleKey,
  stampKey,
} from '../../sources/events/event-buses.ts';
import type { ArrivedEvent } from '../../sources/events/event-router.ts';
import { type JsonMemberRules, type JsonMemberValues, readJsonMembers } from '../../wire/aws-json/json-members.ts';
import type { RequestContext } from '../../wire/service.ts';
import { eventsError, noSuchBus, noSuchRule } from './events-errors.ts';

/** What every operation gets besides its input. */
export interface Events {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** Resolves when every delivery of these events is on disk. */
  readonly route: (events: readonly ArrivedEvent[]) => Promise<void>;
  /** Told after every change of a rule. */
  readonly ruleChanged: (rule: RuleName) => void;
  /** Told after a replay was started or cancelled, and after an archive was made or deleted. */
  readonly archivesChanged: () => void;
}

/** One operation of EventBridge. Throws ServiceErrors with the API's names. */
export type EventsOperation = (
  events: Events,
  input: Readonly<Record<string, unknown>>,
  context: RequestContext,
) => Promise<object>;

/** An operation behind the rules of its input; what it gets has been checked. */
export function eventsOperation<const Rules extends JsonMemberRules>(
  rules: Rules,
  run: (events: Events, input: JsonMemberValues<Rules>, context: RequestContext) => Promise<object>,
): EventsOperation {
  return async (events, input, context) => run(events, readJsonMembers(rules, input), context);
}

/** A bus that exists; the default one has revision 0 as long as nothing of it was changed. Throws ResourceNotFoundException. */
export async function existingBus({ store }: Events, name: BusName): Promise<Pick<Document<BusRecord>, 'revision' | 'body'>> {
  const found = await store.get<BusRecord>(busKey(name));
  if (found) return found;
  if (name.bus !== DEFAULT_BUS) throw noSuchBus(name.bus);
  return { revision: 0, body: { createdMs: 0, modifiedMs: 0, statements: [], tags: [] } };
}

/** A rule that exists; throws ResourceNotFoundException for it or its bus. */
export async function existingRule(events: Events, name: RuleName): Promise<Document<RuleRecord>> {
  const found = await events.store.get<RuleRecord>(ruleKey(name));
  if (found) return found;
  await existingBus(events, name);
  throw noSuchRule(name.rule, name.bus);
}

/** Writes the stamp of a bus's rules anew, if it is still the one that was read. */
export async function newStamp({ store, ids }: Events, name: BusName): Promise<Change> {
  const found = await store.get<RulesStamp>(stampKey(name));
  return { put: stampKey(name), body: { stamp: ids.uuid() } satisfies RulesStamp, expect: found?.revision ?? 'absent' };
}

/** Changes a rule that exists; `change` may throw, and gives undefined for nothing to be written. */
export async function changeRule(
  events: Events,
  name: RuleName,
  change: (rule: RuleRecord) => RuleRecord | undefined,
): Promise<void> {
  await commitOptimistically(events, async () => {
    const stamp = await newStamp(events, name);
    const { revision, body } = await existingRule(events, name);
    const changed = change(body);
    return { changes: changed ? [{ put: ruleKey(name), body: changed, expect: revision }, stamp] : [], result: undefined };
  });
  events.ruleChanged(name);
}

/** Changes a bus that exists; `change` may throw. */
export async function changeBus(events: Events, name: BusName, change: (bus: BusRecord) => BusRecord): Promise<BusRecord> {
  return commitOptimistically(events, async () => {
    const { revision, body } = await existingBus(events, name);
    const changed = { ...change(body), modifiedMs: events.clock.now() };
    return { changes: [{ put: busKey(name), body: changed, expect: revision === 0 ? 'absent' : revision }], result: changed };
  });
}

/** Reads, decides and writes, again when another writer was faster. Throws ConcurrentModificationException when others always are. */
export function commitOptimistically<Result>({ store }: Events, attempt: Attempt<Result>): Promise<Result> {
  return commit(store, attempt, {
    givenUp: () => eventsError('ConcurrentModificationException', 'The bus was changed by others at the same moment.'),
  });
}
