/** Which sites may use the server from a browser, beyond programs. */
export interface CrossSitePolicy {
  /** Origins such as `http://localhost:5173`. */
  readonly allowedOrigins: readonly string[];
  /** Host names besides IP addresses and `localhost`. */
  readonly allowedHosts: readonly string[];
}

/**
 * Why a request is refused that a web page of another site may have made; undefined when it is not. The server asks
 * for no signature yet, so a page in the developer's browser must not reach it: neither across origins nor by a name
 * that was made to point here (DNS rebinding).
 */
export function crossSiteRefusal(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  policy: CrossSitePolicy,
): string | undefined {
  const host = text(headers['host']) ?? text(headers[':authority']);
  if (host !== undefined && !isKnownHost(host, policy)) return `the host name ${host.slice(0, 128)} is not known here`;
  const origin = text(headers['origin']);
  if (
    origin !== undefined &&
    origin !== `http://${host}` &&
    origin !== `https://${host}` &&
    !policy.allowedOrigins.includes(origin)
  ) {
    return `the origin ${origin.slice(0, 128)} is not allowed`;
  }
  if (origin === undefined && text(headers['sec-fetch-site']) === 'cross-site')
    return 'requests from other sites are not allowed';
  return undefined;
}

function isKnownHost(host: string, policy: CrossSitePolicy): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return (
    /^\d{1,3}(\.\d{1,3}){3}$/.test(name) ||
    (name.startsWith('[') && name.endsWith(']')) ||
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name.endsWith('.amazonaws.com') ||
    policy.allowedHosts.some((allowed) => name === allowed || name.endsWith(`.${allowed}`))
  );
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
