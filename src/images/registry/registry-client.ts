import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import { ImageUnusable } from '../../ports/image-registry.ts';
import { type Descriptor, DOCUMENT_BYTES_MAX, MANIFEST_TYPES, type ManifestDocument } from '../image-manifest.ts';
import type { ImageSource } from '../image-source.ts';
import { readAll } from '../verified-stream.ts';
import { readChallenge } from './challenge.ts';
import { get } from './registry-http.ts';
import { allowsPlain, basicAuthorization, type RegistrySettings, repositoryUrl } from './registry-settings.ts';

/** Longest wait for a whole manifest or token, which are small. */
const DOCUMENT_MS_MAX = 60_000;
const TOKEN_BYTES_MAX = 65_536;

/** One repository of a registry. Source: the OCI distribution specification, pull, and Docker's token authentication. */
export class RegistryClient implements ImageSource {
  readonly #host: string;
  readonly #repository: string;
  readonly #settings: RegistrySettings;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** What the registry was content with last. */
  #authorization: string | undefined;

  /** `signal` ends whatever is under way. */
  constructor(
    place: { readonly host: string; readonly repository: string },
    settings: RegistrySettings,
    clock: Clock,
    signal: AbortSignal,
  ) {
    this.#host = place.host;
    this.#repository = place.repository;
    this.#settings = settings;
    this.#clock = clock;
    this.#signal = signal;
  }

  async manifest(tagOrDigest: string): Promise<ManifestDocument> {
    return this.#briefly(async (signal) => {
      const response = await this.#ask(`manifests/${tagOrDigest}`, { Accept: MANIFEST_TYPES.join(', ') }, signal);
      const mediaType = response.headers['content-type']?.split(';', 1)[0]?.trim();
      return { mediaType, bytes: await readAll(response, DOCUMENT_BYTES_MAX) };
    });
  }

  blob(descriptor: Descriptor): Promise<Readable> {
    // Compressed once more it would have another digest.
    return this.#ask(`blobs/${descriptor.digest}`, { 'Accept-Encoding': 'identity' }, this.#signal);
  }

  /** The answer with status 200; asks for a token first, or anew, when the registry wants one. */
  async #ask(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(`${repositoryUrl(this.#host, this.#repository, this.#settings)}/${path}`);
    const first = await this.#get(url, headers, this.#authorization, signal);
    if (first.statusCode !== 401) return this.#checked(first, path);
    first.destroy();
    this.#authorization = await this.#authorize(first.headers['www-authenticate'], url, signal);
    return this.#checked(await this.#get(url, headers, this.#authorization, signal), path);
  }

  #get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    authorization: string | undefined,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    return get({
      url,
      headers: { ...headers, ...(authorization === undefined ? {} : { Authorization: authorization }) },
      signal,
      allowsPlain: (other) => allowsPlain(other, this.#settings),
    });
  }

  #checked(response: IncomingMessage, path: string): IncomingMessage {
    const { statusCode = 0 } = response;
    if (statusCode === 200) return response;
    response.destroy();
    const place = `${this.#host}/${this.#repository} ${path}`;
    if (statusCode === 404) throw new ImageUnusable('missing', `${place} does not exist`);
    if (statusCode === 401 || statusCode === 403) throw new ImageUnusable('denied', `${place} is not for us (${statusCode})`);
    throw new Error(`${this.#host} answers ${statusCode} for ${this.#repository} ${path}`);
  }

  async #authorize(header: string | undefined, url: URL, signal: AbortSignal): Promise<string> {
    const challenge = readChallenge(header);
    const basic = basicAuthorization(this.#host, this.#settings);
    if (challenge?.scheme === 'bearer') return `Bearer ${await this.#token(challenge.parameters, basic, url, signal)}`;
    if (challenge?.scheme === 'basic' && basic !== undefined) return basic;
    throw new ImageUnusable('denied', `${this.#host} wants credentials, and the setting images.credentials has none for it`);
  }

  async #token(
    { realm, service, scope }: Readonly<Record<string, string>>,
    basic: string | undefined,
    url: URL,
    signal: AbortSignal,
  ): Promise<string> {
    const address = URL.parse(realm ?? '', url.href);
    if (!address) throw new Error(`${this.#host} names no place for tokens`);
    if (service !== undefined) address.searchParams.set('service', service);
    address.searchParams.set('scope', scope ?? `repository:${this.#repository}:pull`);
    const response = await this.#get(address, { Accept: 'application/json' }, basic, signal);
    if (response.statusCode !== 200) {
      response.destroy();
      if (response.statusCode === 401 || response.statusCode === 403)
        throw new ImageUnusable('denied', `${address.host} gives no token for ${this.#repository}`);
      throw new Error(`${address.host} answers ${response.statusCode} for a token`);
    }
    const { token, access_token } = parse(await readAll(response, TOKEN_BYTES_MAX));
    const found = token ?? access_token;
    // What can't stand in a header is no token.
    if (typeof found !== 'string' || !/^[\x21-\x7e]+$/.test(found)) throw new Error(`${address.host} gives no token`);
    return found;
  }

  async #briefly<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const late = new AbortController();
    const timer = this.#clock.setTimeout(
      () => late.abort(new Error(`${this.#host} took longer than ${DOCUMENT_MS_MAX / 1_000} seconds`)),
      DOCUMENT_MS_MAX,
    );
    try {
      return await work(AbortSignal.any([this.#signal, late.signal]));
    } finally {
      timer.cancel();
    }
  }
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
