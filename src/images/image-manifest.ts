import { createHash } from 'node:crypto';
import { ImageUnusable } from '../ports/image-registry.ts';
import type { ImageDefaults } from '../ports/image-shelf.ts';

/** Something of an image, by what it is of. Source: the OCI image specification, descriptor. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

/** An image of one platform. */
export interface ImageManifest {
  readonly config: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
}

/** What its configuration says. */
export interface ImageConfiguration {
  readonly defaults: ImageDefaults;
  /** As Go names it: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly os: string;
  /** Digests of the layers unpacked to plain tar, lowest first. */
  readonly layerDigests: readonly string[];
}

/** A manifest or an index as it was given out. */
export interface ManifestDocument {
  readonly mediaType: string | undefined;
  readonly bytes: Buffer;
}

/** Larger ones are not taken. Source: the distribution specification asks registries for no more than this. */
export const DOCUMENT_BYTES_MAX = 4_194_304;
/** Source: Docker's own bound, by which images are built. */
export const LAYERS_MAX = 127;
/** Of all layers together. Source: the Lambda quotas page. */
export const IMAGE_BYTES_MAX = 10 * 1_024 ** 3;

const INDEXES = new Set(['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json']);
const MANIFESTS = new Set(['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json']);
const CONFIGS = new Set(['application/vnd.oci.image.config.v1+json', 'application/vnd.docker.container.image.v1+json']);
const LAYERS = new Set([
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar.zstd',
]);
const LIST_MAX = 10_000;

/** All kinds of manifests that are understood, for asking for them. */
export const MANIFEST_TYPES: readonly string[] = [...MANIFESTS, ...INDEXES];

/** The SHA-256 of some bytes as images write it. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Reads a manifest, or finds the one of this platform in an index. Throws {@link ImageUnusable}. */
export function readManifest(
  document: ManifestDocument,
  architecture: string,
): { readonly manifest: ImageManifest } | { readonly forPlatform: Descriptor } {
  const content = parse(document.bytes);
  const mediaType = textOf(content['mediaType']) ?? document.mediaType ?? '';
  if (INDEXES.has(mediaType)) return { forPlatform: pick(listOf(content['manifests']), architecture) };
  if (!MANIFESTS.has(mediaType)) throw new ImageUnusable('unsupported', `a manifest of type ${mediaType || 'unknown'}`);
  const config = descriptorOf(content['config']);
  const layers = listOf(content['layers']).map(descriptorOf);
  if (!CONFIGS.has(config.mediaType)) throw new ImageUnusable('unsupported', `a config of type ${config.mediaType}`);
  for (const { mediaType: type } of layers)
    if (!LAYERS.has(type)) throw new ImageUnusable('unsupported', `a layer of type ${type}`);
  if (layers.length > LAYERS_MAX) throw new ImageUnusable('invalid', `${layers.length} layers (at most ${LAYERS_MAX})`);
  const sizeBytes = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  if (sizeBytes > IMAGE_BYTES_MAX) throw new ImageUnusable('invalid', `${sizeBytes} bytes (at most ${IMAGE_BYTES_MAX})`);
  if (config.sizeBytes > DOCUMENT_BYTES_MAX) throw new ImageUnusable('invalid', `a config of ${config.sizeBytes} bytes`);
  return { manifest: { config, layers } };
}

/** Reads an image's configuration and makes sure that it is for this platform and these layers. Throws {@link ImageUnusable}. */
export function readConfiguration(bytes: Buffer, manifest: ImageManifest, architecture: string): ImageConfiguration {
  const content = parse(bytes);
  const found = { architecture: textOf(content['architecture']) ?? '', os: textOf(content['os']) ?? '' };
  if (found.os !== 'linux' || found.architecture !== architecture)
    throw new ImageUnusable('invalid', `it is for ${found.os}/${found.architecture}, and this host is linux/${architecture}`);
  const layerDigests = textsOf(objectOf(content['rootfs'])['diff_ids']);
  if (layerDigests.length !== manifest.layers.length)
    throw new ImageUnusable(
      'invalid',
      `${layerDigests.length} layers in its config and ${manifest.layers.length} in its manifest`,
    );
  const config = objectOf(content['config'] ?? {});
  const environment = textsOf(config['Env']).map((pair) => {
    const end = pair.indexOf('=');
    return end === -1 ? ([pair, ''] as const) : ([pair.slice(0, end), pair.slice(end + 1)] as const);
  });
  return {
    ...found,
    layerDigests,
    defaults: {
      entryPoint: textsOf(config['Entrypoint']),
      command: textsOf(config['Cmd']),
      workingDirectory: textOf(config['WorkingDir']) ?? '',
      environment: Object.fromEntries(environment),
    },
  };
}

function pick(entries: readonly unknown[], architecture: string): Descriptor {
  const found = entries.map(objectOf).find((entry) => {
    const platform = objectOf(entry['platform'] ?? {});
    return platform['os'] === 'linux' && platform['architecture'] === architecture;
  });
  if (!found) throw new ImageUnusable('invalid', `its index has no image for linux/${architecture}`);
  return descriptorOf(found);
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(bytes.toString('utf8')) as unknown);
  } catch (error) {
    if (error instanceof ImageUnusable) throw error;
    throw new ImageUnusable('invalid', 'a part of it that should be JSON is not');
  }
}

/** Source: the OCI image specification, descriptor; digests of other algorithms are not in use. */
function descriptorOf(value: unknown): Descriptor {
  const { mediaType, digest, size } = objectOf(value);
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new ImageUnusable('invalid', 'a part of it is not named by type and SHA-256');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new ImageUnusable('invalid', 'a part of it has no size');
  return { mediaType, digest, sizeBytes: size };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ImageUnusable('invalid', 'a part of it is not of the form that it should be');
  return value as Record<string, unknown>;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length > LIST_MAX) throw new ImageUnusable('invalid', 'a part of it should be a list');
  return value;
}

/** A list of texts; none where it is absent or null. */
function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const texts = listOf(value);
  if (!texts.every((text) => typeof text === 'string' && !text.includes('\0')))
    throw new ImageUnusable('invalid', 'a part of it should be a list of texts');
  return texts as string[];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
