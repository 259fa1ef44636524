import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type UrlAddress, urlAddress } from './url-address.ts';

const ID = '0123456789abcdefghijklmnopqrstuv';
const HOST = `${ID}.lambda-url.eu-west-1.localhost`;
const BY_HOST = { urlId: ID, region: 'eu-west-1', domainName: HOST };

const CASES: readonly (readonly [host: string | undefined, path: string, expected: UrlAddress | undefined])[] = [
  [HOST, '/', { ...BY_HOST, path: '/' }],
  [`${HOST}:4566`, '/a//b', { ...BY_HOST, path: '/a//b' }],
  [HOST.toUpperCase(), '/', { ...BY_HOST, path: '/' }],
  [HOST, '*', { ...BY_HOST, path: '/*' }],
  [HOST, `/_lambkin/url/${ID}/x`, { ...BY_HOST, path: `/_lambkin/url/${ID}/x` }],
  [`${ID}.lambda-url.eu-west-1.on.aws`, '/', { ...BY_HOST, domainName: `${ID}.lambda-url.eu-west-1.on.aws`, path: '/' }],
  ['127.0.0.1:4566', `/_lambkin/url/${ID}/a/b`, { urlId: ID, path: '/a/b' }],
  [undefined, `/_lambkin/url/${ID}`, { urlId: ID, path: '/' }],
  ['127.0.0.1', `/_lambkin/url/${ID}/`, { urlId: ID, path: '/' }],
  ['127.0.0.1', `/_lambkin/url/${ID}//`, { urlId: ID, path: '//' }],
  ['127.0.0.1', `/_lambkin/url/${ID}x/`, undefined],
  ['127.0.0.1', '/_lambkin/url/', undefined],
  ['127.0.0.1', '/', undefined],
  [`x${HOST}`, '/', undefined],
  [`${ID}.lambda-url.eu-west-1`, '/', undefined],
  [`${ID}.lambda-url..on.aws`, '/', undefined],
  ['.lambda-url.', '/', undefined],
];

for (const [host, path, expected] of CASES)
  test(`whom ${host ?? 'no host'} and ${path} are for`, () => assert.deepEqual(urlAddress(host, path), expected));
