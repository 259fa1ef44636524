/** How a registry wants to be told who asks. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const HEADER_LENGTH_MAX = 4_096;

/**
 * Reads `WWW-Authenticate`: the first challenge that is known, `Bearer` or `Basic`. Undefined when there is none.
 * Source: RFC 9110, section 11.6.1, with parameters as registries send them.
 */
export function readChallenge(header: string | undefined): Challenge | undefined {
  const match = /(?:^|,)\s*(bearer|basic)(?:\s+|$)/i.exec((header ?? '').slice(0, HEADER_LENGTH_MAX));
  if (!match) return undefined;
  const rest = (header ?? '').slice(match.index + match[0].length, HEADER_LENGTH_MAX);
  const parameters: Record<string, string> = {};
  for (const [, name = '', quoted, token] of rest.matchAll(/([a-z0-9_-]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/gi))
    parameters[name.toLowerCase()] ??= quoted ?? token ?? '';
  return { scheme: (match[1] ?? '').toLowerCase(), parameters };
}
