import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteRecordLog } from '../../src/adapters/sqlite/record-log.ts';
import { type LogWorld, testRecordLog } from './record-log.ts';

testRecordLog('sqlite', async (): Promise<LogWorld> => {
  const directory = await mkdtemp(join(tmpdir(), 'lambkin-records-'));
  const open = (): Promise<SqliteRecordLog> =>
    SqliteRecordLog.open(join(directory, 'records.db'), (error) => {
      throw error;
    });
  let log = await open();
  return {
    log,
    reopen: async () => {
      await log.close();
      log = await open();
      return log;
    },
    close: async () => {
      await log.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
});
