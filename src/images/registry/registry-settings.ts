/** Which registries are asked, where, and as whom. */
export interface RegistrySettings {
  /** Another place for the images of a host: `000000000000.dkr.ecr.us-east-1.amazonaws.com` to `http://127.0.0.1:5000`. */
  readonly registries: Readonly<Record<string, string>>;
  /** `user:password` for a host as it stands in images' names. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Hosts beyond loopback that may be asked by plain HTTP. */
  readonly insecureRegistries: readonly string[];
}

const DOCKER_HUB = { name: 'docker.io', url: 'https://registry-1.docker.io' };

/** The place of a repository in its registry's API, without a slash at its end. Throws when the setting for it is no URL. */
export function repositoryUrl(host: string, repository: string, settings: RegistrySettings): string {
  const base = baseUrlOf(host, settings);
  // A mapping may lead to a part of a registry.
  return `${base.origin}/v2${base.pathname.replace(/\/+$/, '')}/${repository}`;
}

function baseUrlOf(host: string, settings: RegistrySettings): URL {
  const mapped = settings.registries[host];
  if (mapped !== undefined) {
    const url = URL.parse(mapped);
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
    throw new Error(`the setting images.registries has no URL for ${host}, but ${mapped}`);
  }
  if (host === DOCKER_HUB.name) return new URL(DOCKER_HUB.url);
  const plain = URL.parse(`http://${host}`);
  return plain && allowsPlain(plain, settings) ? plain : new URL(`https://${host}`);
}

/** Whether this host may be asked by plain HTTP: only we can listen in on loopback. */
export function allowsPlain(url: URL, settings: RegistrySettings): boolean {
  const { hostname, host } = url;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return isLoopback || settings.insecureRegistries.includes(host) || settings.insecureRegistries.includes(hostname);
}

/** The header for a host's user, if there is one. */
export function basicAuthorization(host: string, settings: RegistrySettings): string | undefined {
  const credentials = settings.credentials[host];
  return credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
}
