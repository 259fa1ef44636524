import { isAbsolute } from 'node:path';
import { ImageUnusable } from '../ports/image-registry.ts';

/** An image's name taken apart. */
export type ImageReference =
  | {
      readonly kind: 'registry';
      /** Host and port as they are written, for example `localhost:5000`. */
      readonly host: string;
      readonly repository: string;
      /** A tag, or a digest, which counts more. */
      readonly tagOrDigest: string;
    }
  | {
      readonly kind: 'layout';
      /** Absolute path of a folder or a tar. */
      readonly path: string;
      /** Undefined where the name has neither tag nor digest. */
      readonly tagOrDigest: string | undefined;
    };

/** Source: the OCI distribution specification, pulling manifests. */
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const HOST = /^(localhost|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+|\[[0-9a-fA-F:]+\]|[A-Za-z0-9-]+(?=:))(:\d{1,5})?$/;
const LENGTH_MAX = 2_048;
const LAYOUT_PREFIX = 'oci:';
/** Where names without a host are looked for, as Docker does. */
const DOCKER_HUB = 'docker.io';

/** Takes an image's name apart: `host[:port]/repository[:tag][@digest]` or `oci:/path[:tag][@digest]`. Throws {@link ImageUnusable}. */
export function parseImageUri(uri: string): ImageReference {
  if (uri.length > LENGTH_MAX || uri.includes('\0')) throw notAName(uri);
  const at = uri.indexOf('@');
  const digest = at === -1 ? undefined : uri.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) throw notAName(uri);
  const rest = at === -1 ? uri : uri.slice(0, at);
  // A colon before a slash is a port's.
  const colon = rest.lastIndexOf(':');
  const isTagged = colon > rest.lastIndexOf('/') && colon !== LAYOUT_PREFIX.length - 1;
  const tag = isTagged ? rest.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw notAName(uri);
  const name = isTagged ? rest.slice(0, colon) : rest;
  if (name.startsWith(LAYOUT_PREFIX)) {
    const path = name.slice(LAYOUT_PREFIX.length);
    if (!isAbsolute(path) || path.split('/').includes('..')) throw notAName(uri);
    return { kind: 'layout', path, tagOrDigest: digest ?? tag };
  }
  return { kind: 'registry', ...placeOf(name, uri), tagOrDigest: digest ?? tag ?? 'latest' };
}

/** The same image by its digest. */
export function withDigest(reference: ImageReference, digest: string): string {
  const name = reference.kind === 'layout' ? `${LAYOUT_PREFIX}${reference.path}` : `${reference.host}/${reference.repository}`;
  return `${name}@${digest}`;
}

/** Whether a part of a name is a digest and not a tag. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

function placeOf(name: string, uri: string): { host: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = first === 'localhost' || first.includes('.') || first.includes(':');
  const host = isHost ? first : DOCKER_HUB;
  const path = isHost ? name.slice(slash + 1) : name;
  const repository = host === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path;
  if (!HOST.test(host) || !REPOSITORY.test(repository)) throw notAName(uri);
  return { host, repository };
}

function notAName(uri: string): ImageUnusable {
  return new ImageUnusable('invalid', `${uri.slice(0, LENGTH_MAX)} is not the name of an image`);
}
