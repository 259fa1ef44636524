import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar, type TarMember } from './tar.ts';

/** The parts of an image by their digests, and the digest that names it. */
export interface TestImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: Buffer;
  readonly parts: ReadonlyMap<string, Buffer>;
}

/** What a test wants to be in an image. */
export interface ImageOptions {
  /** Lowest first. */
  readonly layers?: readonly (readonly TarMember[] | Buffer)[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly compress?: (tar: Buffer) => Buffer;
  readonly layerType?: string;
  /** Members that are put into the document in the stead of what belongs there. */
  readonly inConfig?: Readonly<Record<string, unknown>>;
  readonly inManifest?: Readonly<Record<string, unknown>>;
}

/** As Go names this host's architecture. */
export const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';
const OCI = 'application/vnd.oci.image';

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Makes an image for this host's platform. */
export function image(options: ImageOptions): TestImage {
  const { compress = (plain) => gzipSync(plain), layerType = `${OCI}.layer.v1.tar+gzip` } = options;
  const tars = (options.layers ?? []).map((layer) => (Buffer.isBuffer(layer) ? layer : tar(layer as readonly TarMember[])));
  const config = Buffer.from(
    JSON.stringify({
      architecture: ARCHITECTURE,
      os: 'linux',
      config: options.config ?? {},
      rootfs: { type: 'layers', diff_ids: tars.map(digestOf) },
      ...options.inConfig,
    }),
  );
  const packed = tars.map(compress);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      config: { mediaType: `${OCI}.config.v1+json`, digest: digestOf(config), size: config.length },
      layers: packed.map((layer) => ({ mediaType: layerType, digest: digestOf(layer), size: layer.length })),
      ...options.inManifest,
    }),
  );
  return {
    digest: digestOf(manifest),
    mediaType: `${OCI}.manifest.v1+json`,
    manifest,
    parts: new Map([config, ...packed].map((part) => [digestOf(part), part])),
  };
}

/** An index of images for several platforms: `arm64`, `amd64` ... */
export function index(images: Readonly<Record<string, TestImage>>): TestImage {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${OCI}.index.v1+json`,
      manifests: Object.entries(images).map(([architecture, inner]) => ({
        mediaType: inner.mediaType,
        digest: inner.digest,
        size: inner.manifest.length,
        platform: { os: 'linux', architecture },
      })),
    }),
  );
  const parts = Object.values(images).flatMap((inner) => [...inner.parts, [inner.digest, inner.manifest] as const]);
  return { digest: digestOf(manifest), mediaType: `${OCI}.index.v1+json`, manifest, parts: new Map(parts) };
}
