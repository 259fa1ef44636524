import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestImage } from './image.ts';

/** How a test registry behaves. */
export interface RegistryOptions {
  /** What it wants before it gives anything. */
  readonly wants?: { readonly scheme: 'bearer' | 'basic'; readonly user?: string };
  /** Answers in the stead of the registry where it returns true. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A registry on loopback that gives out what a test has put into it. */
export class TestRegistry {
  readonly requests: string[] = [];
  readonly #manifests = new Map<string, TestImage>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #server: Server;
  readonly #options: RegistryOptions;

  private constructor(options: RegistryOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  static async start(options: RegistryOptions = {}): Promise<TestRegistry> {
    const registry = new TestRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Puts an image under a tag. Returns its name. */
  push(repository: string, tag: string, pushed: TestImage): string {
    this.#manifests.set(`${repository}/manifests/${tag}`, pushed);
    this.#manifests.set(`${repository}/manifests/${pushed.digest}`, pushed);
    for (const [digest, part] of pushed.parts) {
      this.#blobs.set(`${repository}/blobs/${digest}`, part);
      // Images of an index are asked for as manifests.
      this.#manifests.set(`${repository}/manifests/${digest}`, { ...pushed, digest, manifest: part, mediaType: '' });
    }
    this.#manifests.set(`${repository}/manifests/${pushed.digest}`, pushed);
    return `${this.host}/${repository}:${tag}`;
  }

  /** Forgets everything of a repository. */
  remove(repository: string): void {
    for (const map of [this.#manifests, this.#blobs])
      for (const name of map.keys()) if (name.startsWith(`${repository}/`)) map.delete(name);
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { pathname = '', searchParams } = new URL(request.url ?? '/', `http://${this.host}`);
    this.requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    if (this.#options.intercept?.(request, response)) return;
    if (pathname === '/token') {
      response.end(JSON.stringify({ token: `for-${searchParams.get('scope')}` }));
      return;
    }
    if (this.#refuses(request, response)) return;
    const name = pathname.replace(/^\/v2\//, '');
    const manifest = this.#manifests.get(name);
    const blob = this.#blobs.get(name);
    if (manifest && name.includes('/manifests/')) {
      if (manifest.mediaType !== '') response.setHeader('Content-Type', manifest.mediaType);
      response.end(manifest.manifest);
    } else if (blob) response.end(blob);
    else response.writeHead(404).end('{}');
  }

  #refuses(request: IncomingMessage, response: ServerResponse): boolean {
    const { wants } = this.#options;
    if (!wants) return false;
    const { authorization } = request.headers;
    const isRight =
      wants.scheme === 'bearer'
        ? authorization?.startsWith('Bearer for-repository:')
        : authorization === `Basic ${Buffer.from(wants.user ?? '').toString('base64')}`;
    if (isRight) return false;
    const challenge =
      wants.scheme === 'bearer' ? `Bearer realm="http://${this.host}/token",service="test"` : 'Basic realm="test"';
    response.writeHead(401, { 'WWW-Authenticate': challenge }).end('{}');
    return true;
  }
}
