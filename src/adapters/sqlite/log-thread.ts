import { workerData } from 'node:worker_threads';
import { LogTables, SealedFault } from './log-tables.ts';
import { serveWrites } from './serve-writes.ts';

// The thread that keeps the records of streams. Appending to a closed shard has written nothing.

serveWrites(new LogTables(workerData as string), (error) => (error instanceof SealedFault ? error.message : undefined));
