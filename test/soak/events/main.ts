import { parseArgs } from 'node:util';
import { runEvents } from './event-run.ts';
import { QUEUES } from './queue-workload.ts';
import { KINESIS, TABLE } from './stream-workload.ts';
import type { Workload } from './workload.ts';

// Events by the tens of thousands while the server is killed again and again; ends with status 1 when one was lost or came out of order.

const { values } = parseArgs({
  options: {
    workload: { type: 'string', default: 'queues' },
    events: { type: 'string', default: '100000' },
    'kill-seconds': { type: 'string', default: '10' },
    'settle-minutes': { type: 'string', default: '10' },
  },
});
const WORKLOADS: Readonly<Record<string, Workload>> = { queues: QUEUES, table: TABLE, kinesis: KINESIS };
const workload = WORKLOADS[values.workload];
if (!workload) throw new Error(`--workload is one of ${Object.keys(WORKLOADS).join(', ')}`);
const tell = (text: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
const report = await runEvents(
  {
    workload,
    events: Number(values.events),
    killEveryMs: Number(values['kill-seconds']) * 1_000,
    killsMin: 1,
    settleMs: Number(values['settle-minutes']) * 60_000,
  },
  tell,
);
const { sent, missing, duplicates, outOfOrder, kills, restartsMs, repeated, durationMs } = report;
const sorted = restartsMs.toSorted((a, b) => a - b);
const rows: readonly (readonly [string, string])[] = [
  ['events acknowledged', String(sent.size)],
  ['handled at least once', String(sent.size - missing.length)],
  ['lost', String(missing.length)],
  ['out of order in their group', String(outOfOrder.length)],
  ...[...duplicates].map(([kind, count]) => [`handled again, ${kind}`, String(count)] as const),
  ['sends repeated for want of an answer', String(repeated)],
  ['kills', String(kills)],
  ['restart, median and longest', `${Math.round(sorted[sorted.length >> 1] ?? 0)} ms, ${Math.round(sorted.at(-1) ?? 0)} ms`],
  ['whole run', `${Math.round(durationMs / 1_000)} s`],
];
for (const [what, figure] of rows) console.log(`${what.padEnd(40)}${figure}`);
for (const text of [...missing.slice(0, 20), ...outOfOrder.slice(0, 20)]) console.log(text);
process.exit(missing.length + outOfOrder.length > 0 ? 1 : 0);
