import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Figure } from './figure.ts';
import { deployFunction, startBenchServer } from './functions.ts';
import { type LoadResult, median, runLoad } from './load.ts';
import { invokeRequest } from './requests.ts';

const ENVIRONMENTS = 4;
const CONNECTIONS = [16, 256];

/**
 * Events accepted for later, each on disk before its 202, against synchronous invokes of the same function in the same run
 * (what stands under "bare" here). One event at a time runs meanwhile: what is measured is the taking.
 */
export async function benchAsync(options: { rounds: number; blockMs: number }): Promise<Figure[]> {
  const server = await startBenchServer({
    LAMBKIN_SANDBOX_ENVIRONMENTS_PER_FUNCTION_MAX: String(ENVIRONMENTS),
    LAMBKIN_INVOKE_ASYNC_CONCURRENCY_MAX: '1',
  });
  const client = new LambdaClient(server.clientOptions);
  const figures: Figure[] = [];
  try {
    await deployFunction(client, 'bench-sync', 'nodejs24.x');
    await deployFunction(client, 'bench-async', 'nodejs24.x');
    const invoke = invokeRequest('bench-sync');
    const accept = invokeRequest('bench-async', 'Event');
    for (const connections of CONNECTIONS) {
      await runLoad({ port: server.port, request: invoke, connections, durationMs: 1_000 });
      const pairs: { accepted: LoadResult; invoked: LoadResult }[] = [];
      for (let round = 0; round < options.rounds; round += 1) {
        const invoked = await runLoad({ port: server.port, request: invoke, connections, durationMs: options.blockMs });
        const accepted = await runLoad({ port: server.port, request: accept, connections, durationMs: options.blockMs });
        if (accepted.errors + invoked.errors > 0)
          throw new Error(`${accepted.errors} events and ${invoked.errors} invokes failed`);
        pairs.push({ accepted, invoked });
      }
      figures.push(figureOf(connections, pairs));
    }
  } finally {
    client.destroy();
    await server.stop();
  }
  return figures;
}

function figureOf(connections: number, pairs: readonly { accepted: LoadResult; invoked: LoadResult }[]): Figure {
  return {
    name: `events accepted against invokes, ${connections} conn`,
    unit: '1/s',
    lambkin: median(pairs.map(({ accepted }) => accepted.requestsPerSecond)),
    bare: median(pairs.map(({ invoked }) => invoked.requestsPerSecond)),
    ratio: median(pairs.map(({ accepted, invoked }) => accepted.requestsPerSecond / invoked.requestsPerSecond)),
    goal: '>= 1',
  };
}
