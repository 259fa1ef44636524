import { ServiceError } from '../../model/service-error.ts';
import type { FunctionUrl, FunctionUrls, UrlCaller } from '../../ports/function-urls.ts';
import type { HttpRequest, RequestContext } from '../../wire/service.ts';
import { isAllowedOrigin } from './cors.ts';

/** Who signed a request, as far as an access key tells it: signatures are not verified yet. */
export interface Signer extends UrlCaller {
  readonly accessKeyId: string;
  readonly userId: string;
}

/** Tells who an access key is; throws a {@link ServiceError} for a session that is over. */
export type IdentifyCaller = (context: RequestContext) => Promise<{ account: string; arn: string; userId: string }>;

/**
 * Whether a request may call a URL: with `NONE` everybody whom the policy means by a star, with `AWS_IAM` whoever has signed and is
 * of the account or let in by the policy. Undefined is a refusal.
 */
export async function admitCaller(
  urls: FunctionUrls,
  identifyCaller: IdentifyCaller,
  url: FunctionUrl,
  request: HttpRequest,
  context: RequestContext,
): Promise<{ readonly signer?: Signer } | undefined> {
  if (url.authType === 'NONE') return (await urls.allows(url)) ? {} : undefined;
  const { accessKeyId } = context;
  if (accessKeyId === undefined || isForeignPage(url, request)) return undefined;
  try {
    const signer = { ...(await identifyCaller(context)), accessKeyId };
    return (await urls.allows(url, signer)) ? { signer } : undefined;
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/** As long as signatures are not verified, a web page could make one up; only pages that CORS lets in may try. */
function isForeignPage({ cors }: FunctionUrl, { headers }: HttpRequest): boolean {
  const { origin } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] === 'cross-site';
  const host = headers.host ?? headers[':authority'];
  if (origin === `http://${host}` || origin === `https://${host}`) return false;
  return !cors || !isAllowedOrigin(cors, origin);
}
