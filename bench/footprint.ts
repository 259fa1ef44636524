import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { deployFunction, startBenchServer } from './functions.ts';
import { median } from './load.ts';
import type { Figure } from './figure.ts';
import { childrenOf, pssBytes, pssBytesOfTree, startMeasured } from './processes.ts';

const MEBIBYTE = 1_048_576;

/** Time until the platform listens, its idle memory, and that of an idle environment, against a bare `node:http` server. */
export async function benchFootprint(options: { rounds: number }): Promise<Figure[]> {
  const starts: { ours: number; bare: number }[] = [];
  const memory: { server: number; environment: number; bare: number }[] = [];
  for (let round = -1; round < options.rounds; round += 1) {
    const bare = await startMeasured(['bench/bare-server.ts']);
    const server = await startBenchServer();
    const client = new LambdaClient(server.clientOptions);
    await deployFunction(client, 'bench-idle', 'nodejs24.x');
    await client.send(new InvokeCommand({ FunctionName: 'bench-idle', Payload: Buffer.from('{}') }));
    if (round >= 0) {
      starts.push({ ours: server.startMs, bare: bare.startMs });
      memory.push({
        server: pssBytes(server.process.pid ?? 0) / MEBIBYTE,
        environment: childrenOf(server.process.pid ?? 0).reduce((sum, pid) => sum + pssBytesOfTree(pid), 0) / MEBIBYTE,
        bare: pssBytes(bare.process.pid ?? 0) / MEBIBYTE,
      });
    }
    client.destroy();
    await server.stop();
    await bare.stop();
  }
  return [
    figure(
      'start-up until ready',
      'ms',
      starts.map((pair) => [pair.ours, pair.bare]),
      '< 1000 ms',
    ),
    figure(
      'idle memory of the server (PSS)',
      'MiB',
      memory.map((sample) => [sample.server, sample.bare]),
    ),
    figure(
      'idle memory of an environment (PSS)',
      'MiB',
      memory.map((sample) => [sample.environment, sample.bare]),
    ),
  ];
}

function figure(name: string, unit: string, pairs: readonly (readonly [number, number])[], goal?: string): Figure {
  return {
    name,
    unit,
    lambkin: median(pairs.map(([ours]) => ours)),
    bare: median(pairs.map(([, bare]) => bare)),
    ratio: median(pairs.map(([ours, bare]) => ours / bare)),
    ...(goal ? { goal } : {}),
  };
}
