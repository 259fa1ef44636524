import assert from 'node:assert/strict';
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FilesystemBlobStore } from '../../src/adapters/filesystem/blob-store.ts';
import { QuietLogger } from '../../src/adapters/memory/quiet-logger.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemIds } from '../../src/adapters/system/ids.ts';
import { CodeCache } from '../../src/code/code-cache.ts';
import { LayerCache } from '../../src/code/layer-cache.ts';
import type { ExecutableVersion } from '../../src/model/executable-version.ts';
import type { SandboxDriver } from '../../src/ports/sandbox-driver.ts';
import { chooseDriver } from '../../src/sandbox/drivers/choose.ts';
import { EnvironmentFactory } from '../../src/sandbox/environment-factory.ts';
import type { InvocationOutcome } from '../../src/sandbox/invocation.ts';
import { RuntimeApi } from '../../src/sandbox/runtime-api.ts';
import { RuntimeCatalogue } from '../../src/sandbox/runtimes/runtime-catalogue.ts';
import { StartLimiter } from '../../src/sandbox/start-limiter.ts';
import type { RuntimeLaunch } from '../../src/sandbox/runtimes/runtime-launch.ts';
import { planSandbox } from '../../src/sandbox/sandbox-plan.ts';
import { runOf } from '../contract/sandbox-run.ts';
import { type ZipEntry, zip } from '../e2e/zip.ts';

// Layers as functions see them, by environments on real drivers.

type Files = Readonly<Record<string, ZipEntry>>;
const clock = systemClock();
const ids = systemIds();
const program = (content: string): ZipEntry => ({ content, mode: 0o755 });

/** Everything below an environment, in a folder of its own. */
class Stage {
  readonly home = mkdtempSync(join(tmpdir(), 'lambkin-layers-'));
  driver!: SandboxDriver;
  code!: CodeCache;
  layers!: LayerCache;
  runtimes!: RuntimeCatalogue;
  #blobs!: FilesystemBlobStore;
  #factory!: EnvironmentFactory;

  async open(setting: 'bubblewrap' | 'process'): Promise<void> {
    // Functions run as other users and must reach their code.
    chmodSync(this.home, 0o711);
    // As in a data directory: what lies around it decides nothing.
    writeFileSync(join(this.home, 'package.json'), '{}');
    const logger = new QuietLogger();
    this.driver = await chooseDriver({ setting, runDirectory: join(this.home, 'run'), clock, ids, logger });
    this.#blobs = await FilesystemBlobStore.open(join(this.home, 'blobs'), ids);
    this.code = await CodeCache.open(join(this.home, 'code'), this.#blobs, ids);
    this.layers = await LayerCache.open(join(this.home, 'layers'), this.code, ids);
    this.runtimes = new RuntimeCatalogue({
      settings: {},
      clientsDirectory: fileURLToPath(new URL('../../runtimes', import.meta.url)),
      searchPath: process.env['PATH'] ?? '',
      nodeExecutable: process.execPath,
      addedDirectory: join(this.home, 'runtimes'),
    });
    this.#factory = new EnvironmentFactory({
      driver: this.driver,
      runtimes: this.runtimes,
      code: this.code,
      layers: this.layers,
      runtimeApi: new RuntimeApi(logger),
      starts: new StartLimiter(2),
      logs: { write: () => {}, flush: async () => {} },
      clock,
      ids,
      logger,
      endpoint: () => 'http://127.0.0.1:1',
      serveEndpoint: (socket) => socket.destroy(),
    });
  }

  async put(files: Files): Promise<string> {
    return (await this.#blobs.write(await zip(files))).id;
  }

  /** Runs a new function once, and calls `meanwhile` before its environment is stopped. */
  async run(
    runtime: string,
    files: Files,
    layers: readonly Files[],
    changes: Partial<ExecutableVersion> = {},
    meanwhile: (version: ExecutableVersion) => Promise<void> = async () => {},
  ): Promise<unknown> {
    const layerBlobIds: string[] = [];
    for (const layer of layers) layerBlobIds.push(await this.put(layer));
    const version: ExecutableVersion = { ...VERSION, runtime, codeBlobId: await this.put(files), layerBlobIds, ...changes };
    const environment = this.#factory.create(version);
    try {
      const outcome = await new Promise<InvocationOutcome>((resolve, reject) => {
        const invocation = { requestId: '1', payload: Buffer.from('{}'), invokedFunctionArn: 'arn', logTail: true };
        environment.run(invocation, { outcome: resolve, failed: reject, released: () => {} });
      });
      const payload = Buffer.from(outcome.payload).toString();
      assert.equal(outcome.functionError, undefined, `${payload}\n${Buffer.from(outcome.logTail ?? []).toString()}`);
      await meanwhile(version);
      return JSON.parse(payload);
    } finally {
      await environment.stop();
    }
  }

  async close(): Promise<void> {
    await this.driver.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

const VERSION: ExecutableVersion = {
  account: '000000000000',
  region: 'us-east-1',
  functionName: 'layered',
  version: '$LATEST',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:layered',
  configurationId: '1',
  codeBlobId: '',
  codeSizeBytes: 0,
  layerBlobIds: [],
  runtime: '',
  handler: 'main.handler',
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
  timeoutMs: 20_000,
  memorySizeMb: 1_769,
  ephemeralStorageMb: 64,
  environment: {},
  roleArn: '',
  logGroup: '/aws/lambda/layered',
  logFormat: 'Text',
};

const NODE = `nodejs${process.versions.node.split('.')[0]}.x`;
const PYTHONS = ['3.14', '3.13', '3.12', '3.11', '3.10', '3.9'];

/** A runtime that answers one event with what Python evaluates `answer` to, over the HTTP Runtime API. */
const bootstrap = (answer: string): ZipEntry =>
  program(`#!/usr/bin/env python3
import json, os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as event:
        request_id = event.headers["Lambda-Runtime-Aws-Request-Id"]
    urllib.request.urlopen(api + request_id + "/response", json.dumps(${answer}).encode()).read()
`);

/** A library of the system under a name that only a layer has. */
function someLibrary(): Buffer | undefined {
  const [path] = globSync(['/lib/*-linux-gnu/libm.so.6', '/lib64/libm.so.6', '/usr/lib/*-linux-gnu/libm.so.6']);
  return path === undefined ? undefined : readFileSync(path);
}

for (const setting of ['bubblewrap', 'process'] as const) {
  const reason = setting === 'bubblewrap' && !existsSync('/usr/bin/bwrap') ? 'bubblewrap is not installed here' : false;
  describe(`layers, ${setting}`, { skip: reason }, () => {
    const stage = new Stage();
    before(() => stage.open(setting));
    after(() => stage.close());
    testLanguages(stage);
    testPlaces(stage);
    testRuntimeBelowOpt(stage);
    testHolding(stage);
  });
}

async function somePython(stage: Stage, t: TestContext): Promise<string | undefined> {
  for (const version of PYTHONS) if ((await stage.runtimes.status(`python${version}`)).available) return version;
  t.skip('this machine has no Python');
  return undefined;
}

function testLanguages(stage: Stage): void {
  it('Node.js requires modules of layers, the later layer first and the folder of its version before all', async () => {
    const major = NODE.slice('nodejs'.length, -2);
    const layer = (text: string): Files => ({ 'nodejs/node_modules/layered/index.js': `module.exports = '${text}'` });
    const versioned: Files = {
      [`nodejs/node${major}/node_modules/versioned/index.js`]: "module.exports = 'of its version'",
      'nodejs/node_modules/versioned/index.js': "module.exports = 'of any'",
    };
    const main = "exports.handler = async () => [require('layered'), require('versioned')]";
    const answer = await stage.run(NODE, { 'main.js': main }, [layer('first'), versioned, layer('last')]);
    assert.deepEqual(answer, ['last', 'of its version']);
  });

  it('Python imports modules of layers, after those of the function', async (t) => {
    const python = await somePython(stage, t);
    if (!python) return;
    const answer = await stage.run(
      `python${python}`,
      {
        'main.py': 'import one, two, three\ndef handler(event, context):\n    return [one.x, two.x, three.x]\n',
        'three.py': 'x = "own"',
      },
      [
        { 'python/one.py': 'x = "one"', 'python/three.py': 'x = "of a layer"' },
        { [`python/lib/python${python}/site-packages/two/__init__.py`]: 'x = "two"' },
      ],
    );
    assert.deepEqual(answer, ['one', 'two', 'own']);
  });

  it('a bootstrap of a layer runs functions that have none, and theirs goes before it', async () => {
    const layer: Files = { bootstrap: bootstrap('["layer", os.path.exists(os.environ["LAMBDA_TASK_ROOT"] + "/data")]') };
    assert.deepEqual(await stage.run('provided.al2023', { data: 'x' }, [layer]), ['layer', true]);
    assert.deepEqual(await stage.run('provided.al2023', { bootstrap: bootstrap('"own"') }, [layer]), 'own');
  });

  it('a wrapper script of a layer starts the interpreter', async () => {
    const layer: Files = { wrap: program('#!/bin/sh\nexport WRAPPED="$0"\nexec "$@"\n') };
    const main = 'exports.handler = async () => process.env.WRAPPED';
    const changes = { environment: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/wrap' } };
    const wrapped = await stage.run(NODE, { 'main.js': main }, [layer], changes);
    assert.match(String(wrapped), stage.driver.ownFilesystem ? /^\/opt\/wrap$/ : /^\/.*\/wrap$/);
  });
}

function testPlaces(stage: Stage): void {
  it('programs and libraries of layers are found by their names', async (t) => {
    const python = await somePython(stage, t);
    if (!python) return;
    const library = someLibrary();
    if (!library) return t.skip('this machine has no libm where it was looked for');
    const main =
      'import ctypes, subprocess\ndef handler(event, context):\n' +
      '    cosine = ctypes.CDLL("liblayered.so").cos\n    cosine.restype = ctypes.c_double\n' +
      '    return [subprocess.check_output(["greet"], text=True), cosine(ctypes.c_double(0))]\n';
    const layers: Files[] = [
      { 'bin/greet': program('#!/bin/sh\necho first') },
      { 'bin/greet': program('#!/bin/sh\necho hello'), 'lib/liblayered.so': library },
    ];
    assert.deepEqual(await stage.run(`python${python}`, { 'main.py': main }, layers), ['hello\n', 1]);
  });

  it('/opt can not be written, with layers and without', async (t) => {
    if (!stage.driver.ownFilesystem) return t.skip('functions see the host folders themselves: no own filesystem');
    const main = `const fs = require('fs');
      const attempt = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
      exports.handler = async () => [fs.readdirSync('/opt').sort(), attempt(() => fs.writeFileSync('/opt/new', 'x')),
        attempt(() => fs.chmodSync('/opt', 0o777)), fs.existsSync('/opt/a') && attempt(() => fs.unlinkSync('/opt/a')),
        (fs.statSync('/opt').mode & 0o555).toString(8)];`;
    const answer = await stage.run(NODE, { 'main.js': main }, [{ a: 'x' }, { b: 'y' }]);
    assert.deepEqual(answer, [['a', 'b'], 'EROFS', 'EROFS', 'EROFS', '555']);
    assert.deepEqual(await stage.run(NODE, { 'main.js': main }, [{ a: 'x' }]), [['a'], 'EROFS', 'EROFS', 'EROFS', '555']);
    assert.deepEqual(await stage.run(NODE, { 'main.js': main }, []), [[], 'EROFS', 'EROFS', false, '555']);
  });

  it("a function without layers is led to an empty folder, never to the host's own /opt", async (t) => {
    const variables = ['PATH', 'LD_LIBRARY_PATH', 'NODE_PATH', 'PYTHONPATH', '_LAMBKIN_LAYER_PATH'];
    const main = `const fs = require('fs');
      exports.handler = async () => ${JSON.stringify(variables)}.flatMap((name) => (process.env[name] ?? '').split(':'));`;
    const paths = (await stage.run(NODE, { 'main.js': main }, [])) as string[];
    const ofOpt = paths.filter((path) => path === '/opt' || path.startsWith('/opt/'));
    assert.equal(ofOpt.length > 0, stage.driver.ownFilesystem, ofOpt.join(' '));
    const python = await somePython(stage, t);
    if (!python) return;
    const source = 'import sys, os\ndef handler(event, context):\n    return [sys.path, os.environ.get("_LAMBKIN_LAYER_PATH")]\n';
    const [searched, variable] = (await stage.run(`python${python}`, { 'main.py': source }, [])) as [string[], unknown];
    assert.equal(variable, null);
    assert.deepEqual(
      searched.filter((path) => path === '/opt/python' || path.startsWith('/opt/python/lib/')),
      [],
      'neither is there',
    );
  });
}

/** A runtime of the host whose folder is shown below /opt. */
function runtimeBelow(source: string, target: string): RuntimeLaunch {
  const argv = (locate: (path: string) => string) => ['/bin/sh', locate(`${target}/run`)] as const;
  return {
    mounts: [{ source, target }],
    framed: false,
    command: (locate) => ({
      argv: argv(locate),
      env: { PATH: '/usr/bin:/bin', OPT: locate('/opt'), LAYER: locate('/opt/python/one') },
    }),
  };
}

function testRuntimeBelowOpt(stage: Stage): void {
  const initializationType = 'on-demand' as const;
  const names = {
    logStream: '',
    runtimeApi: '',
    endpoint: '',
    accessKeyId: '',
    secretAccessKey: '',
    sessionToken: '',
    metadataToken: '',
  };
  const identity = { initializationType, ...names };

  it('layers leave room for a runtime of the host that lies below /opt', async () => {
    const code = (
      await stage.code.acquire(await stage.put({ run: 'cat "$LAYER"; find "$OPT" | sort; touch "$OPT/new" "$OPT/python/new"' }))
    ).directory;
    const layers = (
      await stage.layers.acquire([
        await stage.put({ 'python/one': 'one\n', 'a/b': 'b', c: 'c', gone: { content: 'x', mode: 0o120777 } }),
      ])
    ).directory;
    const launch = runtimeBelow(code, '/opt/python/3.99');
    const { stdout, stderr } = await runOf(
      stage.driver,
      planSandbox(ids.hex(8), VERSION, launch, { code, layers }, identity, stage.driver),
    );
    assert.match(stdout, /^one\n/);
    if (!stage.driver.ownFilesystem) return;
    const seen = ['', '/a', '/a/b', '/c', '/python', '/python/3.99', '/python/3.99/run', '/python/one'];
    assert.equal(stdout, `one\n${seen.map((path) => `/opt${path}\n`).join('')}`);
    assert.equal(stderr.match(/Read-only file system/g)?.length, 2, stderr);
  });

  it('layers that leave none are refused', async (t) => {
    if (!stage.driver.ownFilesystem) return t.skip('nothing is in the way where functions see the host as it is');
    const plan = async (files: Files): Promise<unknown> => {
      const layers = (await stage.layers.acquire([await stage.put(files)])).directory;
      return planSandbox(
        'x',
        VERSION,
        runtimeBelow('/none', '/opt/python/3.99'),
        { code: '/none', layers },
        identity,
        stage.driver,
      );
    };
    await assert.rejects(plan({ python: 'a file' }), /\/opt\/python of the layers is in the way of the runtime/);
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`python/${n}`, 'x']));
    await assert.rejects(plan(many), /300 entries beside the runtime.*at most 256/);
  });
}

function testHolding(stage: Stage): void {
  it('layers stay while an environment has them, and can be forgotten after it', async () => {
    let blobIds: readonly string[] = [];
    await stage.run(
      NODE,
      { 'main.js': 'exports.handler = async () => 1' },
      [{ held: '1' }, { held: '2' }],
      {},
      async (version) => {
        blobIds = version.layerBlobIds;
        for (const blobId of blobIds) assert.equal(await stage.code.forget(blobId), false);
        assert.equal(await stage.layers.forget(blobIds), false);
      },
    );
    assert.equal(blobIds.length, 2);
    for (const blobId of blobIds) assert.equal(await stage.code.forget(blobId), true);
  });

  it('a version that was stored before there were layers runs without any', async () => {
    const changes = { layerBlobIds: undefined } as unknown as Partial<ExecutableVersion>;
    assert.equal(await stage.run(NODE, { 'main.js': 'exports.handler = async () => 1' }, [], changes), 1);
  });

  it('a layer that is gone fails the start, and what else was taken is given back', async () => {
    const codeBlobId = await stage.put({ 'main.js': 'exports.handler = async () => 1', gone: 'x' });
    const changes = { codeBlobId, layerBlobIds: ['c'.repeat(64)] };
    await assert.rejects(stage.run(NODE, { x: 'y' }, [], changes), { name: 'BlobMissing' });
    assert.equal(await stage.code.forget(codeBlobId), true);
  });
}
