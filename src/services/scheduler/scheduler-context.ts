import { type Attempt, commitOptimistically as commit } from '../../documents/optimistic-commit.ts';
import type { Locality } from '../../model/arn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { type Document, type MetadataStore, RevisionConflict } from '../../ports/metadata-store.ts';
import {
  DEFAULT_GROUP,
  type GroupRecord,
  groupKey,
  scheduleKey,
  type ScheduleName,
  type ScheduleRecord,
} from '../../sources/scheduler/schedule-records.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { ClientTokens } from './client-tokens.ts';
import type { ScheduleRoom } from './schedule-room.ts';
import { schedulerError } from './scheduler-errors.ts';

/** How much an account may have in a region. */
export interface SchedulerQuotas {
  readonly schedules: number;
  readonly groups: number;
}

/** What every operation gets besides its input. */
export interface Scheduler {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly quotas: SchedulerQuotas;
  readonly room: ScheduleRoom;
  readonly tokens: ClientTokens;
  /** Told after every change of a schedule. */
  readonly scheduleChanged: (name: ScheduleName) => void;
  /** Told after a group was marked to be deleted. */
  readonly groupChanged: () => void;
}

/** One operation of EventBridge Scheduler; its input has been checked by the table. Throws ServiceErrors with the API's names. */
export type SchedulerOperation<Input> = (scheduler: Scheduler, input: Input, context: RequestContext) => Promise<object>;

/** A group that exists. The default one is made when it is first asked for. Throws ResourceNotFoundException. */
export async function existingGroup(
  { store, clock, ids }: Scheduler,
  place: Locality,
  group: string,
): Promise<Document<GroupRecord>> {
  const key = groupKey(place, group);
  const found = await store.get<GroupRecord>(key);
  if (found) return found;
  if (group !== DEFAULT_GROUP) throw noSuchGroup(group);
  const nowMs = clock.now();
  const body: GroupRecord = { uid: ids.uuid(), state: 'ACTIVE', tags: [], createdMs: nowMs, modifiedMs: nowMs };
  try {
    await store.commit([{ put: key, body, expect: 'absent' }]);
  } catch (error) {
    if (!(error instanceof RevisionConflict)) throw error;
  }
  return (await store.get<GroupRecord>(key)) ?? { key, revision: 1, body };
}

/** A group that schedules may be put into. Throws ResourceNotFoundException, and ConflictException while it is being deleted. */
export async function openGroup(scheduler: Scheduler, place: Locality, group: string): Promise<Document<GroupRecord>> {
  const found = await existingGroup(scheduler, place, group);
  if (found.body.state === 'DELETING') throw schedulerError('ConflictException', `Schedule group ${group} is being deleted.`);
  return found;
}

/** A schedule that exists. Throws ResourceNotFoundException for it or its group. */
export async function existingSchedule(scheduler: Scheduler, name: ScheduleName): Promise<Document<ScheduleRecord>> {
  const found = await scheduler.store.get<ScheduleRecord>(scheduleKey(name));
  if (found) return found;
  await existingGroup(scheduler, name, name.group);
  throw schedulerError('ResourceNotFoundException', `Schedule ${name.name} does not exist.`);
}

/** A group that is not there. */
export function noSuchGroup(group: string): Error {
  return schedulerError('ResourceNotFoundException', `Schedule group ${group} does not exist.`);
}

/** Reads, decides and writes, again when another writer was faster. Throws ThrottlingException when others always are. */
export function commitOptimistically<Result>({ store }: Pick<Scheduler, 'store'>, attempt: Attempt<Result>): Promise<Result> {
  return commit(store, attempt, {
    givenUp: () => schedulerError('ThrottlingException', 'The resource was changed by others at the same moment.'),
  });
}
