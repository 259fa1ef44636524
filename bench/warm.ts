import { LambdaClient } from '@aws-sdk/client-lambda';
import { deployFunction, startBenchServer } from './functions.ts';
import { type LoadResult, median, runLoad } from './load.ts';
import type { Figure } from './figure.ts';
import { startMeasured } from './processes.ts';
import { invokeRequest, plainRequest } from './requests.ts';

const ENVIRONMENTS = 4;
const CONNECTIONS = [1, 16, 64];

/** Warm invokes of an echo in four environments against a bare `node:http` echo, in alternating blocks. */
export async function benchWarm(options: { rounds: number; blockMs: number }): Promise<Figure[]> {
  const bare = await startMeasured(['bench/bare-server.ts']);
  const server = await startBenchServer({ LAMBKIN_SANDBOX_ENVIRONMENTS_PER_FUNCTION_MAX: String(ENVIRONMENTS) });
  const figures: Figure[] = [];
  try {
    const client = new LambdaClient(server.clientOptions);
    await deployFunction(client, 'bench-echo', 'nodejs24.x');
    const invoke = invokeRequest('bench-echo');
    const echo = plainRequest();
    for (const connections of CONNECTIONS) {
      // The first block also starts the environments.
      await runLoad({ port: server.port, request: invoke, connections: Math.max(connections, ENVIRONMENTS), durationMs: 1_000 });
      await runLoad({ port: bare.port, request: echo, connections, durationMs: 500 });
      const pairs: { ours: LoadResult; theirs: LoadResult }[] = [];
      for (let round = 0; round < options.rounds; round += 1) {
        const theirs = await runLoad({ port: bare.port, request: echo, connections, durationMs: options.blockMs });
        const ours = await runLoad({ port: server.port, request: invoke, connections, durationMs: options.blockMs });
        if (ours.errors > 0) throw new Error(`${ours.errors} invokes failed`);
        pairs.push({ ours, theirs });
      }
      figures.push(...figuresOf(connections, pairs));
    }
    client.destroy();
  } finally {
    await server.stop();
    await bare.stop();
  }
  return figures;
}

function figuresOf(connections: number, pairs: readonly { ours: LoadResult; theirs: LoadResult }[]): Figure[] {
  const figure = (name: string, unit: string, pick: (result: LoadResult) => number, goal?: string): Figure => ({
    name: `warm invoke, ${connections} conn, ${name}`,
    unit,
    lambkin: median(pairs.map((pair) => pick(pair.ours))),
    bare: median(pairs.map((pair) => pick(pair.theirs))),
    ratio: median(pairs.map((pair) => pick(pair.ours) / pick(pair.theirs))),
    ...(goal ? { goal } : {}),
  });
  return [
    figure('throughput', 'req/s', (result) => result.requestsPerSecond, connections === 16 ? '>= 0.15' : undefined),
    figure('p50', 'us', (result) => result.p50Us),
    figure('p99', 'us', (result) => result.p99Us),
  ];
}
