/**
 * Formats of the file of records, oldest first. None changes once released. A record's place is its shard's number and its
 * position in one integer, so that the table itself is the only index, and every write of a shard goes to one end.
 */
export const LOG_MIGRATIONS = [
  `CREATE TABLE shard (
     id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
     first INTEGER NOT NULL DEFAULT 1, sealed INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE record (
     place INTEGER PRIMARY KEY, arrived INTEGER NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL
   ) STRICT;`,
];

/** Bits of a place that are the position: 10^12 records of a shard, 8 million shards. */
export const POSITION_BITS = 40n;
