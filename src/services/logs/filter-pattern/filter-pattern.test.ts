import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileFilterPattern } from './filter-pattern.ts';

function matches(pattern: string, message: string): boolean {
  return compileFilterPattern(pattern)?.(message) ?? true;
}

test('terms must all occur, exclusions must not, and optional ones count when alone', () => {
  const rows: readonly [string, string, boolean][] = [
    ['', 'anything', true],
    ['ERROR', 'an ERROR here', true],
    ['ERROR', 'an error here', false],
    ['ERROR timeout', 'ERROR: timeout', true],
    ['ERROR timeout', 'ERROR: other', false],
    ['"Task timed out"', 'x Task timed out after', true],
    ['"Task timed out"', 'Task has timed out', false],
    ['"say \\"hi\\""', 'they say "hi"', true],
    ['ERROR -expected', 'ERROR expected', false],
    ['ERROR -"not this"', 'ERROR this', true],
    ['-DEBUG', 'INFO x', true],
    ['?ERROR ?WARN', 'a WARN', true],
    ['?ERROR ?WARN', 'an INFO', false],
    ['?ERROR INFO', 'an INFO', true],
  ];
  for (const [pattern, message, expected] of rows) assert.equal(matches(pattern, message), expected, `${pattern} on ${message}`);
});

test('conditions on JSON messages', () => {
  const message = JSON.stringify({
    level: 'ERROR',
    ms: 120,
    ok: true,
    bad: false,
    none: null,
    user: { id: 'abc-17', tags: ['x', 'y'] },
    'a.b': 1,
  });
  const rows: readonly [string, boolean][] = [
    ['{ $.level = "ERROR" }', true],
    ['{$.level=ERROR}', true],
    ['{ $.level != "ERROR" }', false],
    ['{ $.absent != "ERROR" }', false],
    ['{ $.ms > 100 }', true],
    ['{ $.ms >= 120 && $.ms <= 120 }', true],
    ['{ $.ms < 1.2e2 }', false],
    ['{ $.ms = 120 }', true],
    ['{ $.level = "E*R" }', true],
    ['{ $.user.id = "abc-*" }', true],
    ['{ $.user.id = "*-1*" }', true],
    ['{ $.user.tags[1] = "y" }', true],
    ['{ $.user.tags[2] = "y" }', false],
    ["{ $['a.b'] = 1 }", true],
    ['{ $.ok IS TRUE }', true],
    ['{ $.bad IS FALSE }', true],
    ['{ $.none IS NULL }', true],
    ['{ $.absent NOT EXISTS }', true],
    ['{ $.none NOT EXISTS }', false],
    ['{ $.level = "INFO" || $.ms = 120 && $.ok IS TRUE }', true],
    ['{ ($.level = "INFO" || $.ms = 120) && $.ok IS FALSE }', false],
    ['{ $.toString EXISTS }', false],
  ];
  for (const [pattern, expected] of rows) assert.equal(matches(pattern, message), expected, pattern);
  assert.equal(matches('{ $.level = "ERROR" }', 'level = "ERROR"'), false);
  assert.equal(matches('{ $.level = "ERROR" }', '{"level": "ERROR"'), false);
});

test('what is not a pattern, or not built, is refused', () => {
  const patterns = [
    'a.b',
    '"open',
    '{ $.a }',
    '{ $.a = }',
    '{ $.a = 1',
    '{ $.a = 1 } x',
    '{ a = 1 }',
    '{ $.a > "x" }',
    '[ip, user]',
    '%regex%',
    '{ $.a = %x% }',
    `{ ${'('.repeat(50)}$.a = 1${')'.repeat(50)} }`,
  ];
  for (const pattern of patterns)
    assert.throws(() => compileFilterPattern(pattern), { code: 'InvalidParameterException', status: 400 }, pattern);
});

test('a hostile wildcard costs no more than the message is long', () => {
  const pattern = `{ $.a = "${'*a'.repeat(400)}*b" }`;
  assert.equal(matches(pattern, JSON.stringify({ a: 'a'.repeat(200_000) })), false);
});
