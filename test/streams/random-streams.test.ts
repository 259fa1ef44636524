import { test } from 'node:test';
import { Random } from '../fuzz/random.ts';
import { StreamSimulation } from './stream-simulation.ts';

// Streams are read while everything goes wrong that can: many short lives of one mapping, each from a seed of its own.
// LAMBKIN_TEST_STREAM_RUNS says how many; LAMBKIN_TEST_SEED repeats the first of them.

const RUNS = Number(process.env['LAMBKIN_TEST_STREAM_RUNS'] ?? 40);
const SEED = Number(process.env['LAMBKIN_TEST_SEED'] ?? Date.now() % 1_000_000);
const STEPS = 60;

test(`${RUNS} streams whose shards, servers and functions fail: at least once, in order, nothing behind a checkpoint`, async (t) => {
  t.diagnostic(`LAMBKIN_TEST_SEED=${SEED}`);
  const sum = { records: 0, invokes: 0, shards: 0, epochs: 0, told: 0 };
  for (let run = 0; run < RUNS; run += 1) {
    const simulation = new StreamSimulation(new Random(SEED + run));
    try {
      await simulation.start();
      for (let step = 0; step < STEPS; step += 1) await simulation.step();
      await simulation.finish();
    } catch (error) {
      console.log(`to repeat: LAMBKIN_TEST_SEED=${SEED + run} LAMBKIN_TEST_STREAM_RUNS=1`);
      throw error;
    }
    const { summary } = simulation;
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += summary[name];
  }
  t.diagnostic(
    `${sum.records} records in ${sum.shards} shards, ${sum.invokes} invokes in ${sum.epochs} epochs, ${sum.told} given up`,
  );
});
