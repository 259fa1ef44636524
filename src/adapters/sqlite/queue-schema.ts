/** Formats of the queue's file, oldest first. None changes once released. */
export const QUEUE_MIGRATIONS = [
  `CREATE TABLE event (
     sequence INTEGER PRIMARY KEY,
     queue TEXT NOT NULL, id TEXT NOT NULL, group_id TEXT,
     visible_at INTEGER NOT NULL, enqueued_at INTEGER NOT NULL,
     lease TEXT, receive_count INTEGER NOT NULL DEFAULT 0,
     attributes TEXT NOT NULL, payload BLOB NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX event_id ON event (queue, id);
   CREATE INDEX event_visible ON event (queue, visible_at, sequence);
   CREATE INDEX event_group ON event (queue, group_id, sequence) WHERE group_id IS NOT NULL;`,
  `ALTER TABLE event ADD COLUMN number INTEGER;
   ALTER TABLE event ADD COLUMN first_leased_at INTEGER;
   ALTER TABLE event ADD COLUMN origin TEXT;
   CREATE INDEX event_enqueued ON event (queue, enqueued_at);
   CREATE INDEX event_leased ON event (queue, group_id, visible_at) WHERE lease IS NOT NULL;
   CREATE TABLE seen (
     queue TEXT NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL, event_id TEXT NOT NULL, number INTEGER,
     PRIMARY KEY (queue, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX seen_until ON seen (until);
   CREATE TABLE counter (last INTEGER NOT NULL) STRICT;
   INSERT INTO counter VALUES (0);`,
];

/** One event as it is kept. */
export interface EventRow {
  readonly sequence: number;
  readonly queue: string;
  readonly id: string;
  readonly group_id: string | null;
  readonly visible_at: number;
  readonly enqueued_at: number;
  readonly lease: string | null;
  readonly receive_count: number;
  readonly attributes: string;
  readonly payload: Uint8Array;
  readonly number: number | null;
  readonly first_leased_at: number | null;
  readonly origin: string | null;
}
