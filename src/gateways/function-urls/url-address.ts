import { FUNCTION_URL_PATH } from '../../wire/identify.ts';

/** Whom a request at a function URL is for. */
export interface UrlAddress {
  readonly urlId: string;
  /** By the host; undefined in the path form. */
  readonly region?: string;
  /** As the function is told: from the first slash of what belongs to it. */
  readonly path: string;
  /** Host without a port; undefined in the path form. */
  readonly domainName?: string;
}

const HOST = /^([0-9a-z]{32})\.lambda-url\.([a-z0-9-]{1,64})\.[a-z0-9.-]+$/;
const ID = /^[0-9a-z]{32}$/;

/**
 * Reads `<url-id>.lambda-url.<region>.<any domain>` off a host, or `/_lambkin/url/<url-id>/...` off a path, for clients that
 * can't resolve such hosts. Undefined for what is neither.
 */
export function urlAddress(host: string | undefined, path: string): UrlAddress | undefined {
  const domainName = (host ?? '').replace(/:\d*$/, '').toLowerCase();
  const [, urlId, region] = HOST.exec(domainName) ?? [];
  // OPTIONS may ask about the whole server, by a star.
  if (urlId !== undefined && region !== undefined)
    return { urlId, region, path: path.startsWith('/') ? path : `/${path}`, domainName };
  if (!path.startsWith(FUNCTION_URL_PATH)) return undefined;
  const rest = path.slice(FUNCTION_URL_PATH.length);
  const slash = rest.indexOf('/');
  const id = slash === -1 ? rest : rest.slice(0, slash);
  return ID.test(id) ? { urlId: id, path: slash === -1 ? '/' : rest.slice(slash) } : undefined;
}
