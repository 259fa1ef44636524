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
  // Names by numbers and fewer indices: an event costs a quarter of the time.
  `CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
   INSERT INTO name (text)
     SELECT queue FROM event UNION SELECT queue FROM seen UNION SELECT origin FROM event WHERE origin IS NOT NULL;
   CREATE TABLE entry (
     sequence INTEGER PRIMARY KEY,
     queue INTEGER NOT NULL, id TEXT NOT NULL, once_id TEXT, lane INTEGER, group_id TEXT,
     visible_at INTEGER NOT NULL, enqueued_at INTEGER NOT NULL,
     lease TEXT, receive_count INTEGER NOT NULL DEFAULT 0, first_leased_at INTEGER,
     number INTEGER, origin INTEGER,
     attributes TEXT NOT NULL, payload BLOB NOT NULL
   ) STRICT;
   INSERT INTO entry
     SELECT sequence, q.id, event.id, event.id, NULL, group_id, visible_at, enqueued_at, NULL, receive_count, first_leased_at,
       number, o.id, attributes, payload
     FROM event JOIN name AS q ON q.text = event.queue LEFT JOIN name AS o ON o.text = event.origin;
   CREATE TABLE twin (
     queue INTEGER NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL, event_id TEXT NOT NULL, number INTEGER,
     PRIMARY KEY (queue, id)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO twin SELECT name.id, seen.id, until, event_id, number FROM seen JOIN name ON name.text = seen.queue;
   DROP TABLE event;
   DROP TABLE seen;
   ALTER TABLE entry RENAME TO event;
   ALTER TABLE twin RENAME TO seen;
   CREATE UNIQUE INDEX event_once ON event (queue, once_id) WHERE once_id IS NOT NULL;
   CREATE INDEX event_visible ON event (queue, visible_at, sequence);
   CREATE INDEX event_enqueued ON event (queue, enqueued_at);
   CREATE INDEX event_lane ON event (queue, lane, visible_at, sequence) WHERE lane IS NOT NULL;
   CREATE INDEX event_group ON event (queue, group_id, sequence) WHERE group_id IS NOT NULL;
   CREATE INDEX event_leased ON event (queue, group_id, visible_at) WHERE lease IS NOT NULL AND group_id IS NOT NULL;
   CREATE INDEX seen_until ON seen (until);`,
];

/** One event as it is kept. */
export interface EventRow {
  readonly sequence: number;
  /** Numbers of the table `name`. */
  readonly queue: number;
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
  readonly origin: number | null;
}
