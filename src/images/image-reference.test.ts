import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageUnusable } from '../ports/image-registry.ts';
import { parseImageUri, withDigest } from './image-reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const ECR = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

const registry = (host: string, repository: string, tagOrDigest: string) => ({ kind: 'registry', host, repository, tagOrDigest });

test('names of registries, with ports, tags and digests', () => {
  const names: [string, object][] = [
    [`${ECR}/team/app:v1`, registry(ECR, 'team/app', 'v1')],
    [`${ECR}/app`, registry(ECR, 'app', 'latest')],
    [`${ECR}/app@${DIGEST}`, registry(ECR, 'app', DIGEST)],
    [`localhost:5000/a/b:1@${DIGEST}`, registry('localhost:5000', 'a/b', DIGEST)],
    ['registry:5000/a', registry('registry:5000', 'a', 'latest')],
    ['[::1]:5000/a:b', registry('[::1]:5000', 'a', 'b')],
    ['alpine:3', registry('docker.io', 'library/alpine', '3')],
    ['team/app', registry('docker.io', 'team/app', 'latest')],
    ['oci:/images/app', { kind: 'layout', path: '/images/app', tagOrDigest: undefined }],
    ['oci:/images/app.tar:v2', { kind: 'layout', path: '/images/app.tar', tagOrDigest: 'v2' }],
    [`oci:/images/app@${DIGEST}`, { kind: 'layout', path: '/images/app', tagOrDigest: DIGEST }],
  ];
  for (const [name, expected] of names) assert.deepEqual(parseImageUri(name), expected, name);
});

test('what is no name is refused as an invalid image', () => {
  const names = [
    '',
    'UPPER/case',
    'a//b',
    'a/../b',
    'http://host/a',
    'host.example/a:',
    'host.example/a:b:c',
    'host.example/a@sha256:abc',
    'host.example/a@md5:abc',
    'host.example/a b',
    'host.example/a\0',
    'user@host.example/a',
    'host.example:port/a',
    'host.example/a?x=y',
    'oci:relative',
    'oci:/a/../../etc',
    `host.example/${'a'.repeat(3_000)}`,
  ];
  for (const name of names)
    assert.throws(
      () => parseImageUri(name),
      (error) => error instanceof ImageUnusable && error.reason === 'invalid',
      name,
    );
});

test('a resolved name names the same image again', () => {
  for (const name of [`${ECR}/app:v1`, 'alpine', 'oci:/images/app:v1']) {
    const resolved = withDigest(parseImageUri(name), DIGEST);
    assert.equal(parseImageUri(resolved).tagOrDigest, DIGEST);
    assert.equal(withDigest(parseImageUri(resolved), DIGEST), resolved);
  }
});
