import { request } from 'node:http';
import {
  CreateFunctionCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { zip } from '../test/e2e/zip.ts';
import type { Figure } from './figure.ts';
import { startBenchServer } from './functions.ts';
import { median } from './load.ts';
import { pssBytes, startMeasured } from './processes.ts';

const PIECES = 1_600;
const PIECE_BYTES = 65_536;
const MEBIBYTES = (PIECES * PIECE_BYTES) / 1_048_576;

/** Writes when it wrote its first piece, and then as many as it is told, as fast as they are taken. */
const SOURCE = `
  import { once } from 'node:events';
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    stream.write(String(Date.now()).padEnd(64));
    for (let index = 0; index < event.pieces; index += 1) {
      if (!stream.write(Buffer.alloc(${PIECE_BYTES}))) await once(stream, 'drain');
    }
    stream.end();
  });`;

/** Streamed responses: how soon the first piece is with its reader, and 100 MB against a bare server that streams as much. */
export async function benchStreaming(options: { rounds: number }): Promise<Figure[]> {
  const bare = await startMeasured(['bench/bare-server.ts']);
  const server = await startBenchServer();
  const client = new LambdaClient(server.clientOptions);
  try {
    await client.send(
      new CreateFunctionCommand({
        FunctionName: 'bench-stream',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/bench',
        MemorySize: 1_769,
        Timeout: 60,
        Code: { ZipFile: await zip({ 'index.mjs': SOURCE }) },
      }),
    );
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 30 }, { FunctionName: 'bench-stream' });
    await stream(client, 0);
    const firsts: number[] = [];
    for (let round = 0; round < options.rounds * 10; round += 1) firsts.push((await stream(client, 0)).firstMs);
    const pairs: { ours: number; theirs: number }[] = [];
    let memoryBytes = 0;
    for (let round = 0; round < options.rounds; round += 1) {
      const theirs = await readBare(bare.port);
      pairs.push({ ours: (await stream(client, PIECES)).durationMs, theirs });
      memoryBytes = Math.max(memoryBytes, pssBytes(server.process.pid ?? 0));
    }
    const rate = (ms: number): number => (MEBIBYTES / ms) * 1_000;
    return [
      figure('streamed response, write of the first piece to its reader', 'ms', median(firsts), 0, 0, '<= 20'),
      figure(
        'streamed response, 100 MB',
        'MB/s',
        median(pairs.map(({ ours }) => rate(ours))),
        median(pairs.map(({ theirs }) => rate(theirs))),
        median(pairs.map(({ ours, theirs }) => theirs / ours)),
      ),
      figure('server memory after 100 MB streams', 'MiB', memoryBytes / 1_048_576, 0, 0),
    ];
  } finally {
    client.destroy();
    await server.stop();
    await bare.stop();
  }
}

function figure(name: string, unit: string, lambkin: number, bare: number, ratio: number, goal?: string): Figure {
  return { name, unit, lambkin, bare, ratio, ...(goal ? { goal } : {}) };
}

async function stream(client: LambdaClient, pieces: number): Promise<{ firstMs: number; durationMs: number }> {
  const startedMs = performance.now();
  const Payload = Buffer.from(JSON.stringify({ pieces }));
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'bench-stream', Payload }));
  let firstMs: number | undefined;
  for await (const { PayloadChunk } of answer.EventStream ?? []) {
    if (firstMs !== undefined || !PayloadChunk?.Payload) continue;
    firstMs = Date.now() - Number(Buffer.from(PayloadChunk.Payload.subarray(0, 64)).toString());
  }
  return { firstMs: firstMs ?? Number.NaN, durationMs: performance.now() - startedMs };
}

/** The same number of bytes from a server that does nothing else. */
function readBare(port: number): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: `/stream?pieces=${PIECES}&bytes=${PIECE_BYTES}` }, (response) => {
      response.resume();
      response.on('end', () => resolve(performance.now() - startedMs));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
