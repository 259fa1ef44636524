import { randomBytes } from 'node:crypto';
import {
  LambdaClient,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandInput,
  type PublishLayerVersionCommandOutput,
} from '@aws-sdk/client-lambda';
import { clientOptions } from '../../e2e/server.ts';
import { zip } from '../../e2e/zip.ts';
import type { World } from '../world.ts';

/** An account that is not the cases' own. */
export const OTHER_ACCOUNT = '111122223333';
export const CREATED_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/;

/** A package with a file that tells it from others. */
export function layerZip(content: string): Promise<Buffer> {
  return zip({ 'content.txt': content });
}

/** A package of this many bytes and a few more, which does not shrink. */
export function largeZip(sizeBytes: number): Promise<Buffer> {
  return zip({ 'large.bin': randomBytes(sizeBytes) });
}

/** Publishes a version. */
export async function publish(
  { lambda }: Pick<World, 'lambda'>,
  LayerName: string,
  input: Partial<PublishLayerVersionCommandInput> = {},
): Promise<PublishLayerVersionCommandOutput> {
  return lambda.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: await layerZip(LayerName) }, ...input }));
}

/** Runs with a client of another account or region. */
export async function withClient<Result>(
  { server }: World,
  { account, region }: { readonly account?: string; readonly region?: string },
  run: (lambda: LambdaClient) => Promise<Result>,
): Promise<Result> {
  const lambda = new LambdaClient({
    ...clientOptions(server),
    ...(account ? { credentials: { accessKeyId: account, secretAccessKey: 'x' } } : {}),
    ...(region ? { region } : {}),
    maxAttempts: 1,
  });
  try {
    return await run(lambda);
  } finally {
    lambda.destroy();
  }
}
