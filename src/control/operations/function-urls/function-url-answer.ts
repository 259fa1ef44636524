import type { FunctionUrlConfig } from '@aws-sdk/client-lambda';
import { functionArn } from '../../../model/arn.ts';
import type { RequestContext } from '../../../wire/service.ts';
import type { FunctionUrlDocument } from '../../function-urls.ts';

/** What all answers tell of a URL; each operation adds or leaves out what is its own. */
export function urlAnswer(
  context: RequestContext,
  functionName: string,
  alias: string | undefined,
  document: FunctionUrlDocument,
): FunctionUrlConfig {
  return {
    FunctionUrl: urlText(context, document.urlId),
    FunctionArn: functionArn(context, functionName, alias),
    AuthType: document.authType,
    CreationTime: timeText(document.createdMs),
    LastModifiedTime: timeText(document.lastModifiedMs),
    Cors: document.cors,
    InvokeMode: document.invokeMode,
  };
}

/** On the port by which the client reached us; every name under `localhost` leads to this machine (RFC 6761, section 6.3). */
function urlText({ origin, region }: RequestContext, urlId: string): string {
  const port = /:\d{1,5}$/.exec(origin)?.[0] ?? '';
  return `http://${urlId}.lambda-url.${region}.localhost${port}/`;
}

/** Times of URLs are spelled with microseconds. */
function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '000Z');
}
