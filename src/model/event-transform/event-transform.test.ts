import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileInputTransformer } from './input-transformer.ts';
import { inputAt } from './json-path.ts';
import { schedulerInput } from './scheduler-input.ts';

const RULE_ARN = 'arn:aws:events:us-east-1:123456789012:rule/r';
const EVENT = {
  version: '0',
  id: '7bf7',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  resources: ['arn:1', 'arn:2'],
  detail: {
    'instance-id': 'i-0',
    state: 'RUNNING',
    count: 5,
    ok: true,
    nothing: null,
    empty: '',
    quoted: 'say "no"',
    line: 'a\nb',
    owner: { acc_id: '0a7', sf_id: 'baz' },
    names: ['A', 'B'],
    numbers: [1, 2],
    rows: [{ id: 'x', n: 1 }, { id: 'y' }],
    'a/b': 'slash',
  },
};

const PATHS: readonly (readonly [path: string, input: string | undefined])[] = [
  ['$', JSON.stringify(EVENT)],
  ['$.detail', JSON.stringify(EVENT.detail)],
  ['$.detail-type', '"EC2 Instance State-change Notification"'],
  ['$.detail.state', '"RUNNING"'],
  ['$.detail.instance-id', '"i-0"'],
  ['$.detail.a/b', '"slash"'],
  ['$.detail.count', '5'],
  ['$.detail.ok', 'true'],
  ['$.detail.nothing', 'null'],
  ['$.detail.owner', '{"acc_id":"0a7","sf_id":"baz"}'],
  ['$.resources', '["arn:1","arn:2"]'],
  ['$.resources[0]', '"arn:1"'],
  ['$.resources[2]', undefined],
  ['$.resources[*]', '["arn:1","arn:2"]'],
  ['$.detail.rows[1].id', '"y"'],
  ['$.detail.rows[*].id', '["x","y"]'],
  ['$.detail.rows[*].n', '[1]'],
  ['$.detail.rows[*].none', '[]'],
  ['$.detail.owner.*', '["0a7","baz"]'],
  ['$.none', undefined],
  ['$.detail.state.length', undefined],
  ['$.detail.names.length', undefined],
  ['$.constructor', undefined],
  ['detail', undefined],
  ['', undefined],
  ['$.', undefined],
  ['$..detail', undefined],
  ['$[', undefined],
  ['$.detail[x]', undefined],
];

const MAP = {
  instance: '$.detail.instance-id',
  state: '$.detail.state',
  count: '$.detail.count',
  ok: '$.detail.ok',
  nothing: '$.detail.nothing',
  empty: '$.detail.empty',
  quoted: '$.detail.quoted',
  line: '$.detail.line',
  owner: '$.detail.owner',
  names: '$.detail.names',
  numbers: '$.detail.numbers',
  none: '$.detail.none',
  wrong: 'detail',
  whole: '$',
};

const ENVELOPE =
  '{"version":"0","id":"7bf7","detailType":"EC2 Instance State-change Notification","source":"aws.ec2","account":"123456789012",' +
  '"time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":["arn:1","arn:2"]}';

const TEMPLATES: readonly (readonly [template: string, input: string | undefined])[] = [
  // Texts.
  ['"<instance> is in state <state>"', '"i-0 is in state RUNNING"'],
  ['"<instance> is in state \\"<state>\\""', '"i-0 is in state \\"RUNNING\\""'],
  ['"one <instance>"\n"two <state>"', '"one i-0"\n"two RUNNING"'],
  ['"one <instance>"\ntwo', undefined],
  ['"owner <owner>"', '"owner {acc_id:0a7,sf_id:baz}"'],
  ['"names <names>"', '"names [A,B]"'],
  ['"numbers <numbers>, <count>, <ok>, <nothing>"', '"numbers [1,2], 5, true, null"'],
  ['"none: <none>, empty: <empty>."', '"none: , empty: ."'],
  ['"<quoted>"', undefined],
  ['"<line>"', undefined],
  ['"no variable"', '"no variable"'],
  ['"by <aws.events.rule-name> (<aws.events.rule-arn>)"', `"by r (${RULE_ARN})"`],
  // JSON.
  ['{"a": <instance>}', '{"a": "i-0"}'],
  ['{"a": "<instance>"}', '{"a": "i-0"}'],
  ['{"a": "users/<instance>/<state>"}', '{"a": "users/i-0/RUNNING"}'],
  ['{"a":<count>,"b":<ok>,"c":<nothing>,"d":<empty>}', '{"a":5,"b":true,"c":null,"d":""}'],
  ['{"a":"<count>","b":"<ok>"}', '{"a":"5","b":"true"}'],
  ['{"a":<owner>,"b":<names>}', '{"a":{"acc_id":"0a7","sf_id":"baz"},"b":["A","B"]}'],
  ['{"a":"<owner>"}', undefined],
  ['{"a":"<names>"}', undefined],
  ['{"a":"<numbers>"}', '{"a":"[1,2]"}'],
  ['{"a":<none>,"b":"<none>"}', '{"a":"","b":""}'],
  ['{"a":<wrong>}', '{"a":""}'],
  ['{"a":<quoted>}', '{"a":"say \\"no\\""}'],
  ['{"a":"<quoted>"}', undefined],
  ['{"a":<line>}', '{"a":"a\\nb"}'],
  ['{"a":"\\"<instance>\\"","b":<state>}', '{"a":"\\"i-0\\"","b":"RUNNING"}'],
  ['{"a":"\\\\","b":<state>}', '{"a":"\\\\","b":"RUNNING"}'],
  ['[<instance>, <count>]', '["i-0", 5]'],
  ['{\n  "a": {"b": <state>}\n}', '{\n  "a": {"b": "RUNNING"}\n}'],
  ['{"a":<instance><state>}', undefined],
  ['<owner>', '{"acc_id":"0a7","sf_id":"baz"}'],
  ['<instance> is in state <state>', undefined],
  ['plain text', undefined],
  ['{"a":', undefined],
  // Reserved.
  ['{"at":<aws.events.event.ingestion-time>}', '{"at":"2026-01-01T00:00:01Z"}'],
  ['{"e":<aws.events.event>}', `{"e":${ENVELOPE}}`],
  ['{"e":<aws.events.event.json>}', `{"e":${JSON.stringify(EVENT)}}`],
  ['<aws.events.event.json>', JSON.stringify(EVENT)],
];

const deliver = (InputTemplate: string, event: Readonly<Record<string, unknown>> = EVENT): string | undefined =>
  compileInputTransformer(
    { InputPathsMap: MAP, InputTemplate },
    'T',
  )({
    event,
    ruleArn: RULE_ARN,
    ruleName: 'r',
    ingestionTime: '2026-01-01T00:00:01Z',
  });

test('targets get what their paths and templates make of an event', () => {
  for (const [path, input] of PATHS) assert.equal(inputAt(path, EVENT), input, path);
  for (const [template, input] of TEMPLATES) assert.equal(deliver(template), input, template);
  console.log(`${PATHS.length + TEMPLATES.length} cases, all right`);
});

test('a template with a variable that there is not is refused', () => {
  for (const name of ['gone', 'aws.events.event.detail', '', ' state '])
    assert.throws(() => compileInputTransformer({ InputPathsMap: MAP, InputTemplate: `"<${name}>"` }, 'T1'), {
      name: 'InputTemplateError',
      message: `InputTemplate for target T1 contains invalid placeholder ${name}.`,
    });
  assert.throws(() => compileInputTransformer({ InputTemplate: '<toString>' }, 'T1'), { name: 'InputTemplateError' });
});

test('what would be too large is not delivered', () => {
  const event = { detail: { state: 'x'.repeat(200_000) } };
  assert.equal(deliver('[<state>]', event)?.length, 200_004);
  assert.equal(deliver(`[${Array.from({ length: 300 }, () => '<whole>').join()}]`, event), undefined);
});

test('the context of a schedule is filled in', () => {
  const attempt = {
    scheduleArn: 'arn:aws:scheduler:us-east-1:123456789012:schedule/default/s',
    scheduledTime: '2026-01-01T00:00:00Z',
    executionId: 'd32c5kddcf5bb8c3',
    attemptNumber: 1,
  };
  const names = ['schedule-arn', 'scheduled-time', 'execution-id', 'attempt-number', 'other'];
  assert.deepEqual(JSON.parse(schedulerInput(JSON.stringify(names.map((name) => `<aws.scheduler.${name}>`)), attempt)), [
    attempt.scheduleArn,
    attempt.scheduledTime,
    attempt.executionId,
    '1',
    '<aws.scheduler.other>',
  ]);
  assert.equal(schedulerInput('{"n":<aws.scheduler.attempt-number>}', attempt), '{"n":1}');
});
