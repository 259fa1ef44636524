import { Worker } from 'node:worker_threads';

/**
 * Starts a thread on a script beside this one. It takes its compiled code, types stripped, from the cache that the process has
 * (`bin/lambkin.js`), which a thread has to ask for before it loads anything: that halves what starting it costs.
 */
export function startThread(script: string, workerData: unknown): Worker {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const url = JSON.stringify(new URL(`./${script}.${extension}`, import.meta.url).href);
  return new Worker(`require('node:module').enableCompileCache?.(); import(${url});`, { eval: true, workerData });
}
