/**
 * Formats of the file of items, oldest first. None changes once released. Tables, indices and streams are called by their
 * numbers of `name` (column `place`). `hash` is that of the partition: it deals partitions out to segments of scans.
 */
export const ITEM_MIGRATIONS = [
  `CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
   CREATE TABLE item (
     id INTEGER PRIMARY KEY,
     place INTEGER NOT NULL, hash INTEGER NOT NULL, partition BLOB NOT NULL, sort BLOB NOT NULL,
     revision INTEGER NOT NULL, bytes INTEGER NOT NULL, entries INTEGER NOT NULL, body BLOB NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX item_key ON item (place, hash, partition, sort);
   CREATE TABLE entry (
     place INTEGER NOT NULL, hash INTEGER NOT NULL, partition BLOB NOT NULL, sort BLOB NOT NULL,
     item_partition BLOB NOT NULL, item_sort BLOB NOT NULL, item INTEGER NOT NULL, bytes INTEGER NOT NULL,
     PRIMARY KEY (place, hash, partition, sort, item_partition, item_sort)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX entry_item ON entry (item);
   CREATE TABLE record (
     sequence INTEGER PRIMARY KEY, stream INTEGER NOT NULL, lane INTEGER NOT NULL, body BLOB NOT NULL
   ) STRICT;
   CREATE INDEX record_lane ON record (stream, lane, sequence);
   CREATE TABLE tally (place INTEGER PRIMARY KEY, items INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
   CREATE TABLE counter (last INTEGER NOT NULL) STRICT;
   INSERT INTO counter VALUES (0);`,
];

/** One item as it is kept, and its entry of the index by which it was found. */
export interface ItemRow {
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
  readonly revision: number;
  readonly bytes: number;
  readonly body: Uint8Array;
  readonly entry_partition?: Uint8Array;
  readonly entry_sort?: Uint8Array;
}
