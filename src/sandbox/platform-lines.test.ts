import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExecutableVersion } from '../model/executable-version.ts';
import { platformLines } from './platform-lines.ts';

const TEXT = { version: '$LATEST', functionName: 'f', logFormat: 'Text' } as ExecutableVersion;
const JSON_FORMAT = { version: '3', functionName: 'f', logFormat: 'JSON' } as ExecutableVersion;
const REPORT = {
  requestId: 'r',
  durationMs: 3.006,
  billedDurationMs: 114,
  memorySizeMb: 128,
  maxMemoryUsedMb: 36,
  status: 'success',
} as const;

test("text lines are Lambda's, tabs included", () => {
  const lines = platformLines(TEXT);
  assert.equal(lines.start('r', 0), 'START RequestId: r Version: $LATEST');
  assert.equal(lines.end('r', 0), 'END RequestId: r');
  assert.equal(
    lines.report({ ...REPORT, initDurationMs: 110.1 }, 0),
    'REPORT RequestId: r\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t',
  );
  assert.match(lines.report({ ...REPORT, status: 'timeout' }, 0) ?? '', /Max Memory Used: 36 MB\tStatus: timeout$/);
  assert.match(
    lines.report({ ...REPORT, status: 'error', errorType: 'Runtime.ExitError' }, 0) ?? '',
    /\tStatus: error\tError Type: Runtime\.ExitError$/,
  );
  assert.equal(lines.initReport({ durationMs: 1, phase: 'init', status: 'success' }, 0), undefined);
  assert.equal(
    lines.initReport({ durationMs: 9999.789, phase: 'init', status: 'timeout' }, 0),
    'INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout\t',
  );
});

test('JSON lines are telemetry events, filtered by the system level', () => {
  const lines = platformLines(JSON_FORMAT);
  assert.deepEqual(JSON.parse(lines.start('r', 0) ?? ''), {
    time: '1970-01-01T00:00:00.000Z',
    type: 'platform.start',
    record: { requestId: 'r', version: '3' },
  });
  assert.equal(lines.end('r', 0), undefined);
  const quiet = platformLines({ ...JSON_FORMAT, systemLogLevel: 'WARN' });
  assert.equal(quiet.start('r', 0), undefined);
  assert.equal(quiet.report(REPORT, 0), undefined);
  assert.equal(JSON.parse(quiet.report({ ...REPORT, status: 'timeout' }, 0) ?? '').record.status, 'timeout');
});
