import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { parseArgs } from 'node:util';
import { benchAsync } from './async.ts';
import { benchColdStart } from './cold-start.ts';
import { benchDynamoDb } from './dynamodb.ts';
import { benchDynamoDbRequests } from './dynamodb-requests.ts';
import { benchFootprint } from './footprint.ts';
import type { Figure } from './figure.ts';
import { benchLogs } from './logs.ts';
import { benchQueues } from './queues.ts';
import { benchStreaming } from './streaming.ts';
import { benchWarm } from './warm.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, out: { type: 'string', default: 'bench/results' } },
});

const rounds = values.quick ? 3 : 7;
const blockMs = values.quick ? 700 : 2_000;
const figures: Figure[] = [
  ...(await benchWarm({ rounds, blockMs })),
  ...(await benchColdStart({ rounds: values.quick ? 5 : 20 })),
  ...(await benchStreaming({ rounds: values.quick ? 2 : 5 })),
  ...(await benchLogs({ rounds: values.quick ? 2 : 5 })),
  ...(await benchAsync({ rounds: values.quick ? 2 : 5, blockMs })),
  ...(await benchQueues({ messages: values.quick ? 60 : 200, backlog: values.quick ? 20_000 : 100_000 })),
  ...(await benchDynamoDbRequests({ rounds, blockMs })),
  ...(await benchDynamoDb({ items: values.quick ? 20_000 : 1_000_000, calls: 10_000, blocks: values.quick ? 3 : 7 })),
  ...(await benchFootprint({ rounds: values.quick ? 3 : 7 })),
];

const width = Math.max(...figures.map((figure) => figure.name.length));
console.log(
  `\n${'figure'.padEnd(width)}  ${'lambkin'.padStart(12)}  ${'bare'.padStart(12)}  ${'ratio'.padStart(7)}  unit   goal`,
);
for (const figure of figures) {
  const { name, lambkin, bare, ratio, unit, goal } = figure;
  console.log(
    `${name.padEnd(width)}  ${lambkin.toFixed(1).padStart(12)}  ${bare.toFixed(1).padStart(12)}  ${ratio.toFixed(3).padStart(7)}  ${unit.padEnd(5)}  ${goal ?? ''}`,
  );
}
mkdirSync(values.out, { recursive: true });
const file = `${values.out}/${new Date().toISOString().replaceAll(':', '-')}.json`;
const machine = { cpus: cpus().length, model: cpus()[0]?.model, platform: platform(), arch: arch(), node: process.version };
writeFileSync(file, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
console.log(`\n${file}`);
