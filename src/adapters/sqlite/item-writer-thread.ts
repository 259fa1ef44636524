import { workerData } from 'node:worker_threads';
import { ItemTables, Outdated } from './item-tables.ts';
import { serveWrites } from './serve-writes.ts';

// The thread that writes the file of items. A call that comes too late has written nothing.

serveWrites(new ItemTables(workerData as string), (error) => (error instanceof Outdated ? 'outdated' : undefined));
