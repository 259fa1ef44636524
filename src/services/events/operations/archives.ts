import type { Locality } from '../../../model/arn.ts';
import type { Document } from '../../../ports/metadata-store.ts';
import {
  ARCHIVE_KIND,
  archiveArn,
  ARCHIVED_KIND,
  archivedPrefix,
  archiveKey,
  type ArchiveRecord,
  ARCHIVES_MAX,
  goneArchiveKey,
} from '../../../sources/events/event-archives.ts';
import { busArn, busOfArn } from '../../../sources/events/event-buses.ts';
import { commitOptimistically, type Events, eventsOperation, existingBus, newStamp } from '../events-context.ts';
import { eventsError, notBuilt } from '../events-errors.ts';
import { ARN, DESCRIPTION, PAGE, required } from '../member-rules.ts';
import { eachDocument, takePage } from '../paging.ts';
import { checkPattern } from './rules.ts';

const NAME = { type: 'text', charactersMin: 1, charactersMax: 48, pattern: '[\\.\\-_A-Za-z0-9]+' } as const;
const SETTINGS = {
  Description: DESCRIPTION,
  EventPattern: { type: 'text', charactersMax: 4_096 },
  RetentionDays: { type: 'integer', lowest: 0, highest: 2_147_483_647 },
  KmsKeyIdentifier: { type: 'text', charactersMax: 2_048 },
} as const;

/** CreateArchive: from now on the bus's events are kept. Throws ResourceAlreadyExistsException and LimitExceededException. */
export const createArchive = eventsOperation(
  { ArchiveName: required(NAME), EventSourceArn: required(ARN), ...SETTINGS },
  async (events, input, { account, region }) => {
    const place = { account, region };
    const { ArchiveName: name, Description, EventPattern, RetentionDays } = input;
    checkSettings(input, 'CreateArchive');
    const bus = busOfArn(input.EventSourceArn);
    if (bus === undefined || bus.account !== account || bus.region !== region)
      throw eventsError(
        'ValidationException',
        'Parameter EventSourceArn is not valid. Reason: Provided Arn is not in correct format.',
      );
    const body: ArchiveRecord = {
      uid: events.ids.uuid(),
      busArn: busArn(bus),
      ...(Description === undefined ? {} : { description: Description }),
      ...(EventPattern ? { pattern: EventPattern } : {}),
      retentionDays: RetentionDays ?? 0,
      createdMs: events.clock.now(),
    };
    await commitOptimistically(events, async () => {
      const stamp = await newStamp(events, bus);
      await existingBus(events, bus);
      if (await events.store.get(archiveKey(place, name)))
        throw eventsError('ResourceAlreadyExistsException', `Archive ${name} already exists.`);
      const { documents } = await events.store.totals({ ...place, kind: ARCHIVE_KIND });
      if (documents >= ARCHIVES_MAX)
        throw eventsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
      return { changes: [{ put: archiveKey(place, name), body, expect: 'absent' }, stamp], result: undefined };
    });
    events.archivesChanged();
    return { ArchiveArn: archiveArn(place, name), State: 'ENABLED', CreationTime: body.createdMs / 1_000 };
  },
);

/** UpdateArchive. Throws ResourceNotFoundException. */
export const updateArchive = eventsOperation(
  { ArchiveName: required(NAME), ...SETTINGS },
  async (events, input, { account, region }) => {
    const place = { account, region };
    const { ArchiveName: name, Description, EventPattern, RetentionDays } = input;
    checkSettings(input, 'UpdateArchive');
    const createdMs = await changeArchive(events, place, name, ({ body }) => ({
      ...body,
      ...(Description === undefined ? {} : { description: Description }),
      ...(EventPattern === undefined ? {} : { pattern: EventPattern }),
      ...(RetentionDays === undefined ? {} : { retentionDays: RetentionDays }),
    }));
    return { ArchiveArn: archiveArn(place, name), State: 'ENABLED', CreationTime: createdMs / 1_000 };
  },
);

/** DeleteArchive: nothing of it can be replayed from now on. Throws ResourceNotFoundException. */
export const deleteArchive = eventsOperation({ ArchiveName: required(NAME) }, async (events, input, { account, region }) => {
  await changeArchive(events, { account, region }, input.ArchiveName, () => undefined);
  events.archivesChanged();
  return {};
});

/** DescribeArchive. Throws ResourceNotFoundException. */
export const describeArchive = eventsOperation({ ArchiveName: required(NAME) }, async (events, input, { account, region }) => {
  const place = { account, region };
  const found = await existingArchive(events, place, input.ArchiveName);
  const { description, pattern } = found.body;
  return {
    ArchiveArn: archiveArn(place, input.ArchiveName),
    ...(description === undefined ? {} : { Description: description }),
    ...(pattern === undefined ? {} : { EventPattern: pattern }),
    ...(await shown(events, found)),
  };
});

/** ListArchives, in the order of names. */
export const listArchives = eventsOperation(
  {
    NamePrefix: NAME,
    EventSourceArn: ARN,
    State: { type: 'text', choices: ['ENABLED', 'DISABLED', 'CREATING', 'UPDATING', 'CREATE_FAILED', 'UPDATE_FAILED'] },
    ...PAGE,
  },
  async (events, input, { account, region }) => {
    const page = await takePage(input, async function* (after) {
      const request = { account, region, kind: ARCHIVE_KIND, prefix: input.NamePrefix ?? '' };
      for await (const found of eachDocument<ArchiveRecord>(events.store, {
        ...request,
        ...(after === undefined ? {} : { after }),
      })) {
        const isMeant = input.EventSourceArn === undefined || input.EventSourceArn === found.body.busArn;
        if (isMeant && (input.State ?? 'ENABLED') === 'ENABLED') yield [found.key.id, found] as const;
      }
    });
    return { Archives: await Promise.all(page.items.map((found) => shown(events, found))), ...page.rest };
  },
);

/** An archive that exists; throws ResourceNotFoundException. */
export async function existingArchive({ store }: Events, place: Locality, name: string): Promise<Document<ArchiveRecord>> {
  const found = await store.get<ArchiveRecord>(archiveKey(place, name));
  if (!found) throw eventsError('ResourceNotFoundException', `Archive ${name} does not exist.`);
  return found;
}

/** Writes what `change` makes of an archive, or deletes it; gives the time when it was made. */
async function changeArchive(
  events: Events,
  place: Locality,
  name: string,
  change: (found: Document<ArchiveRecord>) => ArchiveRecord | undefined,
): Promise<number> {
  return commitOptimistically(events, async () => {
    const found = await existingArchive(events, place, name);
    const bus = busOfArn(found.body.busArn);
    const stamp = bus ? [await newStamp(events, bus)] : [];
    const changed = change(found);
    const { key, revision, body } = found;
    const changes = changed
      ? [{ put: key, body: changed, expect: revision }]
      : [
          { remove: key, expect: revision },
          { put: goneArchiveKey(place, body.uid), body: {} },
        ];
    return { changes: [...changes, ...stamp], result: body.createdMs };
  });
}

function checkSettings(
  { EventPattern, KmsKeyIdentifier }: { readonly EventPattern?: string; readonly KmsKeyIdentifier?: string },
  operation: string,
): void {
  if (KmsKeyIdentifier) throw notBuilt(`the member KmsKeyIdentifier of ${operation}`);
  if (EventPattern) checkPattern(EventPattern);
}

async function shown({ store }: Events, { key, body }: Document<ArchiveRecord>): Promise<object> {
  const { account, region, id } = key;
  const { documents, weight } = await store.totals({ account, region, kind: ARCHIVED_KIND, prefix: archivedPrefix(body.uid) });
  return {
    ArchiveName: id,
    EventSourceArn: body.busArn,
    State: 'ENABLED',
    RetentionDays: body.retentionDays,
    SizeBytes: weight,
    EventCount: documents,
    CreationTime: body.createdMs / 1_000,
  };
}
