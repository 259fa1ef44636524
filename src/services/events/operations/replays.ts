import type { Locality } from '../../../model/arn.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import { archiveArn, REPLAY_KIND, replayArn, replayKey, type ReplayRecord } from '../../../sources/events/event-archives.ts';
import { commitOptimistically, type Events, eventsOperation } from '../events-context.ts';
import { eventsError } from '../events-errors.ts';
import { ARN, DESCRIPTION, PAGE, required } from '../member-rules.ts';
import { eachDocument, takePage } from '../paging.ts';
import { existingArchive } from './archives.ts';

const NAME = { type: 'text', charactersMin: 1, charactersMax: 64, pattern: '[\\.\\-_A-Za-z0-9]+' } as const;
const REPLAYS_MAX = 1_000;
const FILTERS_MAX = 100;

/** StartReplay: puts what an archive has of a time on its bus again. Throws ResourceAlreadyExistsException. */
export const startReplay = eventsOperation(
  {
    ReplayName: required(NAME),
    EventSourceArn: required(ARN),
    EventStartTime: required({ type: 'time' } as const),
    EventEndTime: required({ type: 'time' } as const),
    Destination: required({
      type: 'structure',
      members: { Arn: required(ARN), FilterArns: { type: 'list', countMax: FILTERS_MAX, of: ARN } },
    } as const),
    Description: DESCRIPTION,
  },
  async (events, input, { account, region }) => {
    const place = { account, region };
    const { ReplayName: name, EventStartTime: fromMs, EventEndTime: toMs, Destination, Description } = input;
    if (fromMs >= toMs)
      throw eventsError(
        'ValidationException',
        'Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.',
      );
    const archive = input.EventSourceArn.slice(archiveArn(place, '').length);
    if (input.EventSourceArn !== archiveArn(place, archive))
      throw eventsError(
        'ValidationException',
        'Parameter EventSourceArn is not valid. Reason: Provided Arn is not in correct format.',
      );
    const { body: archived } = await existingArchive(events, place, archive);
    if (archived.busArn !== Destination.Arn)
      throw eventsError(
        'ValidationException',
        'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
      );
    const body: ReplayRecord = {
      archive,
      archiveUid: archived.uid,
      busArn: archived.busArn,
      filterArns: Destination.FilterArns ?? [],
      ...(Description === undefined ? {} : { description: Description }),
      fromMs,
      toMs,
      state: 'STARTING',
      startedMs: events.clock.now(),
    };
    await commitOptimistically(events, async () => {
      if (await events.store.get(replayKey(place, name)))
        throw eventsError('ResourceAlreadyExistsException', `Replay ${name} already exists.`);
      if ((await events.store.totals({ ...place, kind: REPLAY_KIND })).documents >= REPLAYS_MAX)
        throw eventsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
      return { changes: [{ put: replayKey(place, name), body, expect: 'absent' }], result: undefined };
    });
    events.archivesChanged();
    return { ReplayArn: replayArn(place, name), State: 'STARTING', ReplayStartTime: body.startedMs / 1_000 };
  },
);

/** CancelReplay. Throws ResourceNotFoundException, and IllegalStatusException for one that has ended. */
export const cancelReplay = eventsOperation({ ReplayName: required(NAME) }, async (events, input, { account, region }) => {
  const place = { account, region };
  await commitOptimistically(events, async () => {
    const { key, revision, body } = await existingReplay(events, place, input.ReplayName);
    if (body.state !== 'STARTING' && body.state !== 'RUNNING')
      throw eventsError('IllegalStatusException', `Replay ${input.ReplayName} is not in a valid state for this operation.`);
    return {
      changes: [{ put: key, body: { ...body, state: 'CANCELLING' } satisfies ReplayRecord, expect: revision }],
      result: undefined,
    };
  });
  events.archivesChanged();
  return { ReplayArn: replayArn(place, input.ReplayName), State: 'CANCELLING' };
});

/** DescribeReplay. Throws ResourceNotFoundException. */
export const describeReplay = eventsOperation({ ReplayName: required(NAME) }, async (events, input, { account, region }) => {
  const place = { account, region };
  const found = await existingReplay(events, place, input.ReplayName);
  const { busArn: Arn, filterArns, description } = found.body;
  return {
    ...shown(found),
    ReplayArn: replayArn(place, input.ReplayName),
    ...(description === undefined ? {} : { Description: description }),
    Destination: { Arn, ...(filterArns.length === 0 ? {} : { FilterArns: filterArns }) },
  };
});

/** ListReplays, in the order of names. */
export const listReplays = eventsOperation(
  {
    NamePrefix: NAME,
    State: { type: 'text', choices: ['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED'] },
    EventSourceArn: ARN,
    ...PAGE,
  },
  async (events, input, { account, region }) => {
    const place = { account, region };
    const page = await takePage(input, async function* (after) {
      const request = { ...place, kind: REPLAY_KIND, prefix: input.NamePrefix ?? '' };
      for await (const found of eachDocument<ReplayRecord>(events.store, {
        ...request,
        ...(after === undefined ? {} : { after }),
      })) {
        const { state, archive } = found.body;
        const isFrom = input.EventSourceArn === undefined || input.EventSourceArn === archiveArn(place, archive);
        if (isFrom && (input.State === undefined || input.State === state)) yield [found.key.id, shown(found)] as const;
      }
    });
    return { Replays: page.items, ...page.rest };
  },
);

async function existingReplay({ store }: Events, place: Locality, name: string): Promise<Document<ReplayRecord>> {
  const found = await store.get<ReplayRecord>(replayKey(place, name));
  if (!found) throw eventsError('ResourceNotFoundException', `Replay ${name} does not exist.`);
  return found;
}

function shown({ key, body }: Document<ReplayRecord>): object {
  const { archive, state, fromMs, toMs, startedMs, endedMs, lastMs } = body;
  return {
    ReplayName: key.id,
    EventSourceArn: archiveArn(key, archive),
    State: state,
    EventStartTime: fromMs / 1_000,
    EventEndTime: toMs / 1_000,
    ReplayStartTime: startedMs / 1_000,
    ...(lastMs === undefined ? {} : { EventLastReplayedTime: lastMs / 1_000 }),
    ...(endedMs === undefined ? {} : { ReplayEndTime: endedMs / 1_000 }),
  };
}
