import { DatabaseSync } from 'node:sqlite';

/** Another process has the database: two servers must not share a data directory. */
export class DataDirectoryInUse extends Error {
  constructor(path: string) {
    super(`${path} is in use by another lambkin; stop it, or choose another data directory`);
    this.name = 'DataDirectoryInUse';
  }
}

/**
 * Opens a database, for this connection alone unless it is said who reads it besides, and brings its schema up to date. `migrations` are numbered by their place
 * and never change once released. A commit is on disk when it returns (write-ahead log, synchronous FULL).
 */
export function openDatabase(
  path: string,
  migrations: readonly string[],
  readers: 'none' | 'readers elsewhere in this process' = 'none',
): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    // Exclusive locking keeps a second process out, and dies with this one even if that is killed.
    if (readers === 'none') database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
    database.exec('BEGIN IMMEDIATE');
    migrate(database, path, migrations);
    database.exec('COMMIT');
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) throw new DataDirectoryInUse(path);
    throw error;
  }
  return database;
}

function migrate(database: DatabaseSync, path: string, migrations: readonly string[]): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > migrations.length) throw new Error(`${path} was written by a newer lambkin (format ${version})`);
  for (const migration of migrations.slice(version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
}
