import type { Locality } from '../../model/arn.ts';
import type { Change, DocumentKey } from '../../ports/metadata-store.ts';

/** Keeps the events of a bus. */
export interface ArchiveRecord {
  /** Never given twice, so that an archive does not inherit what another of its name has left. */
  readonly uid: string;
  readonly busArn: string;
  readonly description?: string;
  readonly pattern?: string;
  /** 0 keeps events for ever. */
  readonly retentionDays: number;
  readonly createdMs: number;
}

/** An archived event; its id tells when it happened. */
export interface ArchivedEvent {
  readonly id: string;
  readonly envelope: string;
}

/** Puts archived events on their bus again. */
export interface ReplayRecord {
  readonly archive: string;
  readonly archiveUid: string;
  readonly busArn: string;
  readonly filterArns: readonly string[];
  readonly description?: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly stateReason?: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  /** Key of the event that was replayed last, and when that happened. */
  readonly cursor?: string;
  readonly lastMs?: number;
}

/** Of an account in a region. */
export const ARCHIVES_MAX = 100;
export const ARCHIVE_KIND = 'events-archive';
export const ARCHIVED_KIND = 'events-archived';
export const REPLAY_KIND = 'events-replay';
/** Archives that were deleted and whose events are still there. */
export const GONE_ARCHIVE_KIND = 'events-archive-gone';

/** Key of an archive. */
export const archiveKey = (place: Locality, id: string): DocumentKey => keyOf(place, ARCHIVE_KIND, id);
/** Key of a replay. */
export const replayKey = (place: Locality, id: string): DocumentKey => keyOf(place, REPLAY_KIND, id);
/** Key of the note that an archive was deleted. */
export const goneArchiveKey = (place: Locality, uid: string): DocumentKey => keyOf(place, GONE_ARCHIVE_KIND, uid);
/** What the keys of all events of an archive begin with. */
export const archivedPrefix = (uid: string): string => `${uid}\n`;
/** Where the keys of an archive's events from a time on begin; keys sort by time. */
export const archivedFrom = (uid: string, atMs: number): string => archivedPrefix(uid) + timeOf(atMs);

/** ARN of an archive. */
export function archiveArn({ account, region }: Locality, name: string): string {
  return `arn:aws:events:${region}:${account}:archive/${name}`;
}

/** ARN of a replay. */
export function replayArn({ account, region }: Locality, name: string): string {
  return `arn:aws:events:${region}:${account}:replay/${name}`;
}

/** Archives an event; the same event again changes nothing. */
export function archiving(place: Locality, uid: string, atMs: number, event: ArchivedEvent): Change {
  const key = keyOf(place, ARCHIVED_KIND, `${archivedFrom(uid, atMs)}\n${event.id}`);
  return { put: key, body: event, weight: Buffer.byteLength(event.envelope) };
}

/** When the event of a key happened, epoch ms. */
export function timeOfArchived(id: string): number {
  return Number(id.split('\n')[1]);
}

function timeOf(atMs: number): string {
  return String(Math.max(0, atMs)).padStart(16, '0');
}

function keyOf({ account, region }: Locality, kind: string, id: string): DocumentKey {
  return { account, region, kind, id };
}
