import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossSiteRefusal } from './cross-site.ts';

const STRICT = { allowedOrigins: [], allowedHosts: [] };
const OPEN = { allowedOrigins: ['http://app.test'], allowedHosts: ['lambkin.test'] };

test('programs pass by address, localhost and names below it', () => {
  for (const host of ['127.0.0.1:4566', '10.0.0.7', '[::1]:4566', 'localhost', 'LOCALHOST:4566', 'photos.localhost:4566']) {
    assert.equal(crossSiteRefusal({ host }, STRICT), undefined, host);
  }
});

test('a host name that was made to point here is refused unless it is listed', () => {
  for (const host of ['evil.test', 'evil.test:4566', 'localhost.evil.test', '127.0.0.1.evil.test', 'notlocalhost', '']) {
    assert.match(crossSiteRefusal({ host }, STRICT) ?? '', /^the host name/, host);
  }
  assert.equal(crossSiteRefusal({ host: 'lambkin.test:4566' }, OPEN), undefined);
  assert.equal(crossSiteRefusal({ host: 'photos.lambkin.test' }, OPEN), undefined);
  assert.match(crossSiteRefusal({ host: 'evillambkin.test' }, OPEN) ?? '', /^the host name/);
});

test('pages of other origins are refused unless listed; our own pages pass', () => {
  const host = '127.0.0.1:4566';
  for (const origin of [
    'http://evil.test',
    'null',
    'http://127.0.0.1:3000',
    'http://127.0.0.1:4566.evil.test',
    'http://app.test',
  ]) {
    assert.match(crossSiteRefusal({ host, origin }, STRICT) ?? '', /^the origin/, origin);
  }
  assert.equal(crossSiteRefusal({ host, origin: `http://${host}` }, STRICT), undefined);
  assert.equal(crossSiteRefusal({ host, origin: 'http://app.test' }, OPEN), undefined);
});

test('a cross-site request without an origin, such as an image, is refused', () => {
  assert.ok(crossSiteRefusal({ host: 'localhost', 'sec-fetch-site': 'cross-site' }, STRICT));
  assert.equal(crossSiteRefusal({ host: 'localhost', 'sec-fetch-site': 'none' }, STRICT), undefined);
});

test("HTTP/2's authority counts as the host", () => {
  assert.ok(crossSiteRefusal({ ':authority': 'evil.test' }, STRICT));
  assert.equal(crossSiteRefusal({ ':authority': '127.0.0.1:4566' }, STRICT), undefined);
});
