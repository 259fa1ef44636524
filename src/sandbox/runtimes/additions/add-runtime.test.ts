import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ZipFile } from 'yazl';
import { AddedRuntimes } from '../added-runtimes.ts';
import { addJavaClient } from './add-java-client.ts';
import { addNode } from './add-node.ts';
import { addRuntime } from './add-runtime.ts';
import type { MavenArtifact } from './java-artifacts.ts';

// Registries are played by a server of the test; what is fetched from the real ones is up to the corpus.

const isSupported = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
const NODE_PACKAGE = `node-linux-${process.arch}`;

async function jar(): Promise<Buffer> {
  const archive = new ZipFile();
  for (const libc of ['linux', 'linux_musl'])
    for (const processor of ['x86_64', 'aarch_64'])
      archive.addBuffer(Buffer.from(`${libc} ${processor}`), `jni/libaws-lambda-jni.${libc}-${processor}.so`);
  archive.addBuffer(Buffer.from('class'), 'Main.class');
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('adding runtimes', { skip: isSupported ? false : 'runtimes are added on Linux' }, () => {
  let root: string;
  let bin: string;
  let server: Server;
  let address: string;
  let added: AddedRuntimes;
  const served = new Map<string, Buffer | string>();

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'lambkin-adding-'));
    bin = join(root, 'bin');
    mkdirSync(bin);
    server = createServer((request, response) => {
      const body = served.get(request.url ?? '');
      response.writeHead(body === undefined ? 404 : 200).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(() => {
    served.clear();
    added = new AddedRuntimes(mkdtempSync(join(root, 'added-')));
    rmSync(join(bin, 'npm'), { force: true });
  });

  function nothingIsLeft(): void {
    assert.deepEqual(readdirSync(added.folder), []);
  }

  describe("Java's client", () => {
    async function artifact(content: Buffer, name = 'client'): Promise<MavenArtifact> {
      served.set(`/maven/org/example/${name}/1.0/${name}-1.0.jar`, content);
      return { group: 'org.example', name, version: '1.0', sha256: createHash('sha256').update(content).digest('hex') };
    }

    it('is kept with the native library for this machine, readable by all', async () => {
      const artifacts = [await artifact(await jar()), await artifact(Buffer.from('core'), 'core')];
      await addJavaClient(added, { repository: `${address}/maven/`, artifacts });
      const folder = added.javaClient() ?? '';
      assert.deepEqual(readdirSync(folder).toSorted(), ['client-1.0.jar', 'core-1.0.jar', 'libaws-lambda-jni.so']);
      assert.match(
        readFileSync(join(folder, 'libaws-lambda-jni.so'), 'utf8'),
        process.arch === 'x64' ? / x86_64$/ : / aarch_64$/,
      );
      assert.equal(statSync(folder).mode & 0o777, 0o755);
      assert.equal(statSync(join(folder, 'core-1.0.jar')).mode & 0o777, 0o644);
    });

    it('is not added when a file is another than the table says', async () => {
      const good = await artifact(await jar());
      const bad = { ...(await artifact(Buffer.from('core'), 'core')), sha256: '0'.repeat(64) };
      await assert.rejects(
        addJavaClient(added, { repository: `${address}/maven`, artifacts: [good, bad] }),
        /core-1\.0\.jar has the SHA-256 .*nothing was added/,
      );
      assert.equal(added.javaClient(), undefined);
      nothingIsLeft();
    });

    it('says which file can not be had', async () => {
      const missing = { group: 'org.example', name: 'gone', version: '1.0', sha256: '' };
      await assert.rejects(
        addJavaClient(added, { repository: `${address}/maven`, artifacts: [missing] }),
        /gone-1\.0\.jar answered 404$/,
      );
      await assert.rejects(
        addJavaClient(added, { repository: 'http://127.0.0.1:1', artifacts: [missing] }),
        /^Error: 127\.0\.0\.1:1 can not be reached/,
      );
      nothingIsLeft();
    });
  });

  describe('Node.js', () => {
    /** A package whose program calls itself a Node of this version. */
    function tarball(version: string): Buffer {
      const folder = mkdtempSync(join(root, 'package-'));
      const program = join(folder, 'package/bin/node');
      mkdirSync(dirname(program), { recursive: true });
      writeFileSync(program, `#!/bin/sh\necho "[\\"$0\\",\\"${version}\\"]"\n`);
      chmodSync(program, 0o755);
      execFileSync('tar', ['-czf', join(folder, 'file.tgz'), '-C', folder, 'package']);
      return readFileSync(join(folder, 'file.tgz'));
    }

    function publish(versions: readonly string[], integrity?: string): void {
      const entries = versions.map((version) => {
        const content = tarball(version);
        served.set(`/npm/-/${version}.tgz`, content);
        const sum = integrity ?? `sha512-${createHash('sha512').update(content).digest('base64')}`;
        return [version, { dist: { tarball: `${address}/npm/-/${version}.tgz`, integrity: sum } }];
      });
      served.set(`/npm/${NODE_PACKAGE}`, JSON.stringify({ versions: Object.fromEntries(entries) }));
    }

    /** A PATH with the system's tools and no npm but our own. */
    const searchPath = (): string => {
      for (const tool of ['tar', 'gzip', 'sh']) {
        const target = join(bin, tool);
        if (!existsSync(target)) writeFileSync(target, `#!/bin/sh\nPATH=/usr/bin:/bin exec ${tool} "$@"\n`, { mode: 0o755 });
      }
      return bin;
    };

    it('is the newest of its major version when there is no npm', async () => {
      publish(['78.2.0', '78.10.0', '78.11.0-rc.1', '79.0.0', '7.8.0']);
      assert.equal(await addNode('nodejs78.x', added, { registry: `${address}/npm/`, searchPath: searchPath() }), '78.10.0');
      assert.ok(existsSync(added.nodeProgram('nodejs78.x')));
      publish(['78.12.0']);
      assert.equal(await addNode('nodejs78.x', added, { registry: `${address}/npm`, searchPath: searchPath() }), '78.12.0');
      assert.deepEqual(readdirSync(added.nodeFolder('nodejs78.x')), ['node']);
    });

    it('is not taken when it is another than the registry says, and can be missing', async () => {
      const source = { registry: `${address}/npm`, searchPath: searchPath() };
      publish(['78.0.0'], 'sha512-other');
      await assert.rejects(addNode('nodejs78.x', added, source), /is not what the registry says it is/);
      await assert.rejects(addNode('nodejs77.x', added, source), /has no node-linux-\w+ of version 77$/);
      nothingIsLeft();
    });

    it("comes by npm where there is one, so that npm's configuration holds", async () => {
      const file = join(root, 'by-npm.tgz');
      writeFileSync(file, tarball('78.1.0'));
      const script = `#!/bin/sh\nPATH=/usr/bin:/bin\necho "$@" > '${root}/npm-arguments'\ncp '${file}' "$5/it.tgz"\necho '[{"filename":"it.tgz"}]'\n`;
      writeFileSync(join(bin, 'npm'), script, { mode: 0o755 });
      assert.equal(await addNode('nodejs78.x', added, { registry: '', searchPath: searchPath() }), '78.1.0');
      assert.match(
        readFileSync(join(root, 'npm-arguments'), 'utf8'),
        new RegExp(`^pack ${NODE_PACKAGE}@78 --json --pack-destination \\S+\n$`),
      );
      await addNode('nodejs78.x', added, { registry: 'http://mirror.example/', searchPath: searchPath() });
      assert.match(readFileSync(join(root, 'npm-arguments'), 'utf8'), / --registry http:\/\/mirror\.example\/\n$/);
      assert.deepEqual(readdirSync(added.nodeFolder('nodejs78.x')), ['node']);
    });

    it('tells what npm complains about', async () => {
      writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho "npm error 404 Not Found" >&2\nexit 1\n', { mode: 0o755 });
      await assert.rejects(
        addNode('nodejs78.x', added, { registry: '', searchPath: searchPath() }),
        /^Error: npm has failed: npm error 404 Not Found$/,
      );
      nothingIsLeft();
    });
  });

  it('refuses by name what it can not bring', async () => {
    const options = { folder: added.folder, mavenRepository: address, npmRegistry: address, searchPath: bin };
    await assert.rejects(
      addRuntime('ruby3.3', options),
      /can not bring Ruby 3\.3: install it, or name it in the setting runtimes\.ruby3\.3/,
    );
    await assert.rejects(addRuntime('dotnet8', options), /can not bring \.NET 8/);
    await assert.rejects(addRuntime('go1.x', options), /there is no runtime go1\.x/);
    assert.match(await addRuntime('provided.al2023', options), /needs nothing/);
    await assert.rejects(addRuntime('java21', options), /aws-lambda-java-runtime-interface-client-\S+\.jar answered 404/);
    nothingIsLeft();
  });
});
