import { newTraceHeader } from '../../invoke/trace-header.ts';
import { lambdaError } from '../../model/lambda-errors.ts';
import { SYNC_PAYLOAD_BYTES_MAX } from '../../model/limits.ts';
import { ServiceError } from '../../model/service-error.ts';
import type { Clock } from '../../ports/clock.ts';
import type { FunctionUrl, FunctionUrls } from '../../ports/function-urls.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Invoker, InvokeResult } from '../../ports/invoker.ts';
import type { MetricSink } from '../../ports/metric-sink.ts';
import { BodyTooLarge, BodyTruncated } from '../../wire/read-body.ts';
import type { HttpRequest, HttpResponse, RequestContext, Service } from '../../wire/service.ts';
import { bufferedAnswer } from './buffered-answer.ts';
import { corsHeaders, type CorsRequest, isPreflight } from './cors.ts';
import { BodyOverdue, readInTime } from './read-in-time.ts';
import { BAD_GATEWAY, BODY_OVERDUE, FORBIDDEN, NO_URL, refusalOf, TWO_HOSTS } from './refusals.ts';
import { type Reply, sendWhole } from './reply.ts';
import { requestEvent } from './request-event.ts';
import { streamAnswer } from './streamed-answer.ts';
import { admitCaller, type IdentifyCaller, type Signer } from './url-access.ts';
import { type UrlAddress, urlAddress } from './url-address.ts';

/** What the door for function URLs is made of. */
export interface FunctionUrlDependencies {
  readonly urls: FunctionUrls;
  readonly invoker: Pick<Invoker, 'invoke'>;
  readonly identifyCaller: IdentifyCaller;
  readonly metrics: MetricSink;
  readonly clock: Clock;
  readonly ids: Ids;
  /** How long a client may take over its body. Default 120 s. */
  readonly bodyTimeoutMs?: number;
}

const BODY_TIMEOUT_MS = 120_000;

/**
 * Serves the URLs of functions: HTTP in, an event of payload format 2.0 to the function, its response out, buffered or
 * streamed. Open to web pages of other sites, whom CORS and the function's policy hold back. Source: Lambda's pages on
 * function URLs.
 */
export function createFunctionUrls(dependencies: FunctionUrlDependencies): Service {
  return {
    name: 'lambda-url',
    isOpenToOtherSites: true,
    handle: async (request, response, context) => {
      const traceHeader = context.traceHeader ?? newTraceHeader(dependencies.clock, dependencies.ids);
      const headers = { 'x-amzn-RequestId': context.requestId, 'x-amzn-Trace-Id': traceHeader };
      if (namesTwoHosts(request)) return sendWhole({ response, headers }, TWO_HOSTS);
      const address = urlAddress(hostOf(request), context.path);
      const url = address && (await dependencies.urls.find(address.urlId));
      if (!url || (address.region ?? url.region) !== url.region) return sendWhole({ response, headers }, NO_URL);
      measure(dependencies, url, response);
      const asked = corsRequest(request);
      const reply: Reply = { response, headers, ...(url.cors ? { cors: corsHeaders(url.cors, asked) } : {}) };
      if (url.cors && isPreflight(asked)) return sendWhole(reply, { ...EMPTY });
      const admitted = await admitCaller(dependencies.urls, dependencies.identifyCaller, url, request, context);
      if (!admitted) return sendWhole(reply, FORBIDDEN);
      const call = { request, context, address, url, traceHeader, ...admitted };
      await run(dependencies, call, reply).catch((error: unknown) => tell(reply, error));
    },
  };
}

const EMPTY = { status: 200, headers: new Map<string, string>(), cookies: [], body: Buffer.alloc(0) };

interface Call {
  readonly request: HttpRequest;
  readonly context: RequestContext;
  readonly address: UrlAddress;
  readonly url: FunctionUrl;
  readonly traceHeader: string;
  readonly signer?: Signer;
}

async function run(dependencies: FunctionUrlDependencies, call: Call, reply: Reply): Promise<void> {
  const { url, context, traceHeader } = call;
  const { account, region, functionName, alias, invokeMode } = url;
  const payload = await readPayload(dependencies, call);
  const isStreaming = invokeMode === 'RESPONSE_STREAM';
  const result = await dependencies.invoker.invoke({
    account,
    region,
    functionName,
    ...(alias === undefined ? {} : { qualifier: alias }),
    requestId: context.requestId,
    payload,
    traceHeader,
    ...(isStreaming ? { streaming: true } : {}),
  });
  if (result.functionError) return sendWhole(reply, BAD_GATEWAY);
  if (result.stream) return streamAnswer(reply, result.stream);
  sendWhole(reply, isStreaming ? asItIs(result) : (bufferedAnswer(result.payload) ?? BAD_GATEWAY));
}

/** The event as JSON. Body and event share one bound, as on AWS: base64 makes bodies a third longer. */
async function readPayload(dependencies: FunctionUrlDependencies, call: Call): Promise<Buffer> {
  const { request, context, address, url, traceHeader, signer } = call;
  const { clock, bodyTimeoutMs = BODY_TIMEOUT_MS } = dependencies;
  const body = await readInTime(request, SYNC_PAYLOAD_BYTES_MAX, clock, bodyTimeoutMs);
  const { socket } = request;
  const event = requestEvent({
    method: request.method ?? 'GET',
    path: address.path,
    query: context.query,
    rawHeaders: request.rawHeaders,
    body,
    urlId: url.urlId,
    domainName: address.domainName ?? `${url.urlId}.lambda-url.${url.region}.localhost`,
    remoteAddress: context.remoteAddress,
    scheme: 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http',
    port: socket.localPort ?? 0,
    requestId: context.requestId,
    traceHeader,
    timeMs: clock.now(),
    ...(signer ? { account: url.account, signer } : {}),
  });
  const payload = Buffer.from(JSON.stringify(event));
  if (payload.length > SYNC_PAYLOAD_BYTES_MAX) throw new BodyTooLarge(SYNC_PAYLOAD_BYTES_MAX);
  return payload;
}

/** A function that does not stream is told as it is, not as a response, by a URL that does. As recorded from AWS. */
function asItIs({ payload }: InvokeResult): typeof EMPTY {
  return { ...EMPTY, headers: new Map([['content-type', 'application/json']]), body: Buffer.from(payload) };
}

function tell(reply: Reply, error: unknown): void {
  const { response } = reply;
  if (error instanceof BodyTruncated || response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof BodyOverdue) return sendWhole(reply, BODY_OVERDUE);
  if (error instanceof BodyTooLarge) return sendWhole(reply, refusalOf(tooLarge()));
  if (error instanceof ServiceError) return sendWhole(reply, refusalOf(error));
  throw error;
}

function tooLarge(): ServiceError {
  const text = `Request must be smaller than ${SYNC_PAYLOAD_BYTES_MAX} bytes for the InvokeFunction operation`;
  return lambdaError('RequestTooLargeException', text);
}

/** Counts a request of a URL when its answer is through. */
function measure({ clock, metrics }: FunctionUrlDependencies, url: FunctionUrl, response: HttpResponse): void {
  const startedMs = clock.monotonic();
  metrics.add('UrlRequestCount', url, 1);
  response.once('close', () => {
    metrics.add('UrlRequestLatency', url, clock.monotonic() - startedMs);
    const { statusCode } = response;
    if (statusCode >= 500) metrics.add('Url5xxCount', url, 1);
    else if (statusCode >= 400) metrics.add('Url4xxCount', url, 1);
  });
}

function corsRequest({ method = 'GET', headers }: HttpRequest): CorsRequest {
  return {
    method,
    origin: headers.origin,
    requestedMethod: headers['access-control-request-method'],
    requestedHeaders: headers['access-control-request-headers'],
  };
}

function hostOf({ headers }: HttpRequest): string | undefined {
  return headers.host ?? (headers[':authority'] as string | undefined);
}

/** Node takes the first of several and drops the others, which only the headers as they came still tell. */
function namesTwoHosts({ rawHeaders, httpVersionMajor }: HttpRequest): boolean {
  if (httpVersionMajor > 1) return false;
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) if (rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  return hosts > 1;
}
