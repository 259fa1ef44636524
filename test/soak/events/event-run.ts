import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { clientOptions, startServer } from '../../e2e/server.ts';
import { Killer, type Kills } from './killer.ts';
import { type Record, Recorder } from './recorder.ts';
import type { Workload } from './workload.ts';

/** How much is sent, and how often the server dies meanwhile. */
export interface EventRunPlan {
  readonly workload: Workload;
  readonly events: number;
  readonly killEveryMs: number;
  /** Sending takes at least as long as so many kills do. */
  readonly killsMin: number;
  /** How long to wait for the last event once all were sent. */
  readonly settleMs: number;
}

/** What a run has shown. */
export interface EventRunReport extends Record, Kills {
  readonly sent: ReadonlySet<string>;
  /** Sent, acknowledged and not handled. */
  readonly missing: readonly string[];
  /** Sends that had to be repeated because no answer came. */
  readonly repeated: number;
  readonly durationMs: number;
}

const ENVIRONMENTS = 4;

/** Sends events while the server is killed without warning again and again, and waits until all of them were handled. */
export async function runEvents(plan: EventRunPlan, tell: (text: string) => void): Promise<EventRunReport> {
  const recorder = await Recorder.start();
  const port = await freePort();
  const settings = {
    LAMBKIN_PORT: String(port),
    LAMBKIN_LOG_LEVEL: 'error',
    // Each kill takes all of them with it: more would do nothing but start.
    LAMBKIN_SANDBOX_ENVIRONMENTS_PER_FUNCTION_MAX: String(ENVIRONMENTS),
  };
  let server = await startServer(settings);
  const deployed = await plan.workload.deploy({ ...clientOptions(server), maxAttempts: 1 }, recorder.url);
  const startedMs = performance.now();
  const sent = new Set<string>();
  let repeated = 0;
  /** Until it is acknowledged: what was not may have arrived or not. */
  const send = async (name: string): Promise<void> => {
    for (;;) {
      try {
        await deployed.send(name);
        sent.add(name);
        return;
      } catch {
        repeated += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  const killer = new Killer(server, plan.killEveryMs, () => tell(`${sent.size} sent, ${recorder.handled.size} handled; killed`));
  await plan.workload.work(plan.events, send, () => killer.kills >= plan.killsMin);
  tell(`${sent.size} sent in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  server = await killer.stop();
  const endMs = performance.now() + plan.settleMs;
  const missing = (): string[] => [...sent].filter((name) => !recorder.handled.has(name));
  while (performance.now() < endMs && missing().length > 0) await new Promise((resolve) => setTimeout(resolve, 250));
  deployed.close();
  const { handled, duplicates, outOfOrder } = recorder;
  const report = { sent, handled, duplicates, outOfOrder, missing: missing(), ...killer.seen(), repeated };
  await server.close();
  recorder.stop();
  return { ...report, durationMs: performance.now() - startedMs };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
