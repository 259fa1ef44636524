import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolverSettings } from './resolver-settings.ts';

const OWN = new Set(['192.0.2.2', '127.0.0.1']);
const found = (files: Readonly<Record<string, string>>): string | undefined => resolverSettings((path) => files[path] ?? '', OWN);

test('what the host has is taken where it can be reached from elsewhere', () => {
  assert.equal(
    found({ '/etc/resolv.conf': 'search example.org\nnameserver 10.0.0.53\noptions ndots:2\n' }),
    'search example.org\nnameserver 10.0.0.53\noptions ndots:2\n',
  );
});

test('resolvers of the host alone are left out: its loopback, its own address, link-local ones and IPv6', () => {
  const servers = ['127.0.0.53', '192.0.2.2', '169.254.169.253', '::1', '2001:db8::53', '10.0.0.53'];
  const text = servers.map((server) => `nameserver ${server}`).join('\n');
  assert.equal(found({ '/etc/resolv.conf': text }), 'nameserver 10.0.0.53\n');
});

test('where it asks a resolver of its own, that one tells whom it asks', () => {
  const local = 'nameserver 127.0.0.53\noptions edns0\n';
  assert.equal(
    found({ '/etc/resolv.conf': local, '/run/systemd/resolve/resolv.conf': 'nameserver 10.0.0.1\n' }),
    'nameserver 10.0.0.1\n',
  );
  assert.equal(
    found({ '/etc/resolv.conf': local, '/run/NetworkManager/no-stub-resolv.conf': 'nameserver 10.0.0.2\n' }),
    'nameserver 10.0.0.2\n',
  );
  assert.equal(found({ '/etc/resolv.conf': local }), undefined);
  assert.equal(found({}), undefined);
});
