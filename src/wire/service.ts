import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request of either HTTP version: node's HTTP/2 compatibility classes have the same shape for what we use. */
export type HttpRequest = IncomingMessage;
/** A response of either HTTP version; see {@link HttpRequest}. */
export type HttpResponse = ServerResponse;

/** What the listener found out about a request before handing it to a service. */
export interface RequestContext {
  /** UUID, also sent as `x-amzn-RequestId`. */
  readonly requestId: string;
  /** 12 digits: the access key id when that is one, the account of a key that Lambkin issued, else the default account. */
  readonly account: string;
  /** From the credential scope, else the default region. */
  readonly region: string;
  readonly accessKeyId?: string;
  /** Raw path without the query, percent-encoding kept. */
  readonly path: string;
  /** Raw query without `?`; empty when there is none. */
  readonly query: string;
  /** True when the credential came in the query string (a presigned URL). */
  readonly presigned: boolean;
  /** `http://host:port` by which the client reached us. */
  readonly origin: string;
  readonly remoteAddress: string;
  /** Aborted when the client goes away. Only where a service sees to it, for operations that wait. */
  readonly signal?: AbortSignal;
  /** `X-Amzn-Trace-Id` as the caller sent it, at most 1,024 characters. */
  readonly traceHeader?: string;
}

/** One AWS service behind the shared port. It answers every request it is given, its own errors included. */
export interface Service {
  /** Signing name, for example `lambda` or `s3`. */
  readonly name: string;
  /** It is made for web pages of all sites, and guards itself; paths that are reserved elsewhere are its own. */
  readonly isOpenToOtherSites?: true;
  /** Resolves when the response is finished or handed over. A rejection is answered as an internal fault. */
  handle(request: HttpRequest, response: HttpResponse, context: RequestContext): Promise<void>;
}
