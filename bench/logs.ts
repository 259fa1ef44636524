import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { zip } from '../test/e2e/zip.ts';
import type { Figure } from './figure.ts';
import { deployFunction, startBenchServer } from './functions.ts';
import { median, runLoad } from './load.ts';
import { invokeRequest } from './requests.ts';

const LINES_PER_SECOND = 10_000;
const SECONDS = 4;

/** Prints its lines evenly over the seconds that it is told, a hundredth at a time. */
const SOURCE = `
  export const handler = async (event) => {
    const line = 'x'.repeat(100) + '\\n';
    const startedMs = Date.now();
    let printed = 0;
    while (printed < event.lines) {
      const due = Math.min(event.lines, Math.floor(((Date.now() - startedMs) / 1000) * ${LINES_PER_SECOND}));
      if (due > printed) process.stdout.write(line.repeat(due - printed));
      printed = Math.max(printed, due);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return printed;
  };`;

/** What one function that logs 10,000 lines a second costs another one: its latency beside, and without, the noise. */
export async function benchLogs(options: { rounds: number }): Promise<Figure[]> {
  const server = await startBenchServer();
  const client = new LambdaClient(server.clientOptions);
  try {
    await deployFunction(client, 'bench-echo', 'nodejs24.x');
    await client.send(
      new CreateFunctionCommand({
        FunctionName: 'bench-noise',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/bench',
        MemorySize: 1_769,
        Timeout: 60,
        Code: { ZipFile: await zip({ 'index.mjs': SOURCE }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 30 }, { FunctionName: 'bench-noise' });
    const load = { port: server.port, request: invokeRequest('bench-echo'), connections: 1 };
    await runLoad({ ...load, durationMs: 1_000 });
    const pairs: { beside: number; alone: number }[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      const alone = (await runLoad({ ...load, durationMs: 2_000 })).p50Us;
      const noise = client.send(
        new InvokeCommand({
          FunctionName: 'bench-noise',
          Payload: Buffer.from(JSON.stringify({ lines: LINES_PER_SECOND * SECONDS })),
        }),
      );
      const beside = (await runLoad({ ...load, durationMs: (SECONDS - 1) * 1_000 })).p50Us;
      await noise;
      pairs.push({ beside, alone });
    }
    return [
      {
        name: 'warm invoke beside 10,000 log lines/s, p50',
        unit: 'us',
        lambkin: median(pairs.map(({ beside }) => beside)),
        bare: median(pairs.map(({ alone }) => alone)),
        ratio: median(pairs.map(({ beside, alone }) => beside / alone)),
        goal: '<= 1.5',
      },
    ];
  } finally {
    client.destroy();
    await server.stop();
  }
}
