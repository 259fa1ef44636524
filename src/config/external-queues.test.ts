import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadSettings, SettingsError } from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'lambkin-settings-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function load(sqs: unknown, environment: Record<string, string> = {}): ReturnType<typeof loadSettings> {
  const LAMBKIN_EXTERNAL_SQS = typeof sqs === 'string' ? sqs : JSON.stringify(sqs);
  return loadSettings({ environment: { ...environment, LAMBKIN_EXTERNAL_SQS }, flags: {} });
}

const ARNS = ['arn:aws:sqs:eu-west-1:123456789012:*'];

test('queues elsewhere come from a variable or a file, credentials from variables of their own', () => {
  const sqs = [
    { arns: ARNS, endpoint: 'https://sqs.example.com/base' },
    { arns: ['arn:aws:sqs:*:*:jobs-?.fifo'], accessKeyId: '${THE_KEY}', secretAccessKey: '${THE_SECRET}', sessionToken: 'plain' },
    { arns: ARNS, profile: 'work', region: 'eu-west-1' },
  ];
  const environment = { THE_KEY: 'AKIA', THE_SECRET: 's3cr$t' };
  const [first, second, third] = load(sqs, environment).external.sqs;
  assert.deepEqual(first, sqs[0]);
  assert.deepEqual(second, { ...sqs[1], accessKeyId: 'AKIA', secretAccessKey: 's3cr$t' });
  assert.deepEqual(third, sqs[2]);
  const file = join(directory, 'lambkin.yaml');
  writeFileSync(file, `external:\n  sqs:\n    - arns: ['${ARNS[0]}']\n      endpoint: http://127.0.0.1:9324\n`);
  assert.deepEqual(loadSettings({ file, environment: {}, flags: {} }).external.sqs, [
    { arns: ARNS, endpoint: 'http://127.0.0.1:9324' },
  ]);
  assert.deepEqual(loadSettings({ environment: {}, flags: {} }).external.sqs, []);
});

test('settings of queues elsewhere that can not be are told by name, without what may be secret', () => {
  const keys = { accessKeyId: 'hush-a', secretAccessKey: 'hush-b' };
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['[{"secretAccessKey":"hush', /^the setting external\.sqs: must be JSON in a variable or a flag$/],
    [{}, /^the setting external\.sqs: .*array/],
    [[{ arns: [] }], /^the setting external\.sqs\.0\.arns: must name at least one ARN$/],
    [[{ arns: ['arn:aws:sns:eu-west-1:1:x'] }], /^the setting external\.sqs\.0\.arns\.0: must be the ARN of an SQS queue/],
    [[{ arns: ARNS, endpoint: 'ftp://x' }], /^the setting external\.sqs\.0\.endpoint: must be an http:\/\/ or https:\/\/ URL$/],
    [
      [{ arns: ARNS, endpoint: 'http://user:hush@x' }],
      /^the setting external\.sqs\.0\.endpoint: must be a URL without user and query$/,
    ],
    [[{ arns: ARNS, region: 'Europe' }], /^the setting external\.sqs\.0\.region: must be the name of a region$/],
    [[{ arns: ARNS, accessKeyId: 'hush' }], /^the setting external\.sqs\.0: accessKeyId and secretAccessKey go together$/],
    [
      [{ arns: ARNS, sessionToken: 'hush' }],
      /^the setting external\.sqs\.0: sessionToken goes with accessKeyId and secretAccessKey$/,
    ],
    [[{ arns: ARNS, ...keys, profile: 'p' }], /^the setting external\.sqs\.0: either profile or accessKeyId says whose/],
    [[{ arns: ARNS, secretAccesKey: 'hush' }], /^there is no setting external\.sqs\.0\.secretAccesKey/],
    [
      [{ arns: ARNS, ...keys, accessKeyId: '${NO_SUCH}' }],
      /^the setting external\.sqs\.0\.accessKeyId: there is no environment variable NO_SUCH$/,
    ],
  ];
  for (const [sqs, expected] of cases) {
    assert.throws(
      () => load(sqs),
      (error) => {
        assert.ok(error instanceof SettingsError);
        assert.match(error.message, expected);
        assert.doesNotMatch(error.message, /hush/);
        return true;
      },
    );
  }
});

test('a file that can not be read does not show its text', () => {
  const file = join(directory, 'broken.yaml');
  writeFileSync(file, 'external:\n  sqs:\n    - secretAccessKey: "hush\n');
  assert.throws(
    () => loadSettings({ file, environment: {}, flags: {} }),
    ({ message }: Error) => message.includes('broken.yaml') && !message.includes('hush'),
  );
});
