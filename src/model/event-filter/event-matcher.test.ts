import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern } from './event-matcher.ts';

type Case = readonly [pattern: unknown, event: unknown, matches: boolean];

/** Each rule alone, held against values of one field. */
const RULES: readonly (readonly [rule: unknown, matching: readonly unknown[], others: readonly unknown[]])[] = [
  ['running', ['running'], ['Running', 'running ', 'runnin', '', null, 5, true, {}, []]],
  ['', [''], [' ', null, 0, []]],
  [5, [5, 5.0], ['5', 5.1, -5, true]],
  [300, [JSON.parse('300.0'), JSON.parse('3e2')], ['300', '300.0']],
  [-0.5, [-0.5], [0.5, '-0.5']],
  [true, [true], ['true', 1, false]],
  [false, [false], [0, '', null]],
  [null, [null], ['null', '', 0, [], {}]],
  [{ prefix: 'us-' }, ['us-east-1', 'us-'], ['US-east-1', 'eu-', '', null, 5]],
  [{ prefix: '' }, ['', 'any'], [5, null, true]],
  [{ prefix: { 'equals-ignore-case': 'Init' } }, ['initial', 'INITIAL'], ['ini', 'xinit', null]],
  [{ suffix: '.png' }, ['a.png', '.png'], ['a.PNG', 'a.pngx', 'png', 7]],
  [{ suffix: '' }, ['', 'any'], [null]],
  [{ suffix: { 'equals-ignore-case': '.PNG' } }, ['a.png', 'a.Png'], ['png', 'a.png ']],
  [{ 'equals-ignore-case': 'Alice' }, ['alice', 'ALICE'], ['alic', 'alicee', null]],
  [{ 'equals-ignore-case': '' }, [''], [' ', null]],
  [{ 'equals-ignore-case': 'É' }, ['é', 'É'], ['e']],
  [{ wildcard: 'a*b' }, ['ab', 'aXb', 'aabb'], ['a', 'b', 'abc', 'xab', null]],
  [{ wildcard: 'a*a' }, ['aa', 'aba'], ['a']],
  [{ wildcard: '*' }, ['', 'any'], [5, null]],
  [{ wildcard: '*.txt' }, ['.txt', 'a.txt'], ['a.txt.gz']],
  [{ wildcard: 'dir/*' }, ['dir/', 'dir/a/b'], ['dir']],
  [{ wildcard: '*ab*ab*' }, ['abab', 'xabyabz'], ['ab', 'aab']],
  [{ wildcard: 'a*bc*c' }, ['abcc', 'abcxc'], ['abc']],
  [{ wildcard: 'a\\*b' }, ['a*b'], ['aXb', 'ab']],
  [{ wildcard: 'a\\\\*' }, ['a\\', 'a\\b'], ['ab']],
  [{ wildcard: 'exact' }, ['exact'], ['exact1']],
  [{ wildcard: '' }, [], ['', 'any', null]],
  [{ 'anything-but': 'initializing' }, ['running', '', null, 12, true], ['initializing']],
  [{ 'anything-but': ['a', 'b'] }, ['c', 'A', 1], ['a', 'b']],
  [{ 'anything-but': 5 }, [6, '5', null], [5]],
  [{ 'anything-but': [1, 2] }, [3, '1', null], [1, 2]],
  [{ 'anything-but': { prefix: 'init' } }, [12, null, 'run', 'Init'], ['init', 'initial']],
  [{ 'anything-but': { prefix: ['a', 'b'] } }, ['c'], ['ax', 'bx']],
  [{ 'anything-but': { suffix: '.png' } }, ['a.gif', 1], ['a.png']],
  [{ 'anything-but': { suffix: ['.png', '.jpg'] } }, ['a.gif'], ['a.png', 'a.jpg']],
  [{ 'anything-but': { 'equals-ignore-case': 'no' } }, ['yes', null], ['NO', 'no']],
  [{ 'anything-but': { 'equals-ignore-case': ['no', 'nay'] } }, ['yes'], ['NO', 'Nay']],
  [{ 'anything-but': { wildcard: '*/lib/*' } }, ['/bin/x', 3], ['/usr/lib/x']],
  [{ 'anything-but': { wildcard: ['a*', '*z'] } }, ['b'], ['ab', 'bz']],
  [{ 'anything-but': { wildcard: '' } }, ['', 'any'], []],
  [{ numeric: ['>', 100] }, [101, 100.5], [100, 99, '300', null, true]],
  [{ numeric: ['>=', 100] }, [100, 101], [99.99]],
  [{ numeric: ['<', 0] }, [-1, -0.001], [0, 1]],
  [{ numeric: ['<=', 0] }, [0, -1], [0.001]],
  [{ numeric: ['=', 3.018e2] }, [301.8], [301, '301.8']],
  [{ numeric: ['>', 0, '<=', 5] }, [0.1, 5], [0, 5.1, -1]],
  [{ cidr: '10.0.0.0/24' }, ['10.0.0.0', '10.0.0.255'], ['10.0.1.0', '10.0.0', 'x', '', 123, null, '::a00:1']],
  [{ cidr: '10.0.0.7/32' }, ['10.0.0.7'], ['10.0.0.8']],
  [{ cidr: '0.0.0.0/0' }, ['255.255.255.255'], ['256.0.0.1', '::1']],
  [{ cidr: '2001:db8::/32' }, ['2001:db8::1', '2001:0DB8:0:0::ffff'], ['2001:db9::1', '10.0.0.1', '2001:db8::1%eth0']],
  [{ cidr: '::/0' }, ['::1', 'fe80::1'], ['1.2.3.4']],
  [{ exists: true }, ['', null, 0, false, ['a']], [[], {}, { inner: 1 }, [{ inner: 1 }], [[]]]],
  [{ exists: false }, [[], {}, { inner: 1 }, [{ inner: 1 }]], ['', null, 0, ['a']]],
  ['a', [['a'], ['b', 'a'], [['b'], ['a']]], [['b'], [], [{ a: 'a' }]]],
  [{ 'anything-but': 'a' }, [['a', 'b'], ['b']], [['a'], []]],
  [{ numeric: ['<', 3] }, [[9, 1]], [[9, 8]]],
];

/** Whole events: nesting, lists, absence, alternatives, names with dots. */
const EVENTS: readonly Case[] = [
  [{ a: ['x'], b: ['y'] }, { a: 'x', b: 'y' }, true],
  [{ a: ['x'], b: ['y'] }, { a: 'x', b: 'z' }, false],
  [{ a: ['x'], b: ['y'] }, { a: 'x' }, false],
  [{ a: ['x', 'y'] }, { a: 'y' }, true],
  [{ a: ['x', 5, null] }, { a: null }, true],
  [{ detail: { state: [{ 'anything-but': 'initializing' }] } }, { detail: { state: null } }, true],
  [{ detail: { state: [{ 'anything-but': 'initializing' }] } }, { detail: {} }, false],
  [{ detail: { state: ['running'] } }, { detail: { state: 'running', more: [1] } }, true],
  [{ detail: { state: ['running'] } }, { detail: 'running' }, false],
  [{ detail: { state: ['running'] } }, { detail: '{"state":"running"}' }, false],
  [{ detail: { state: ['running'] } }, { state: 'running' }, false],
  [{ MY_KEY: ['v'] }, { my_key: 'v' }, false],
  [{ my_key: [{ exists: true }, { prefix: 'IGNORED' }] }, { my_key: 'v' }, true],
  [{ a: [{ exists: false }] }, {}, true],
  [{ a: [{ exists: false }] }, { a: 1 }, false],
  [{ a: { b: [{ exists: false }] } }, {}, true],
  [{ a: { b: [{ exists: false }] } }, { a: 'text' }, true],
  [{ a: { b: [{ exists: false }] } }, { a: { b: null } }, false],
  [{ a: [{ exists: false }, 'x'] }, { a: 'x' }, true],
  [{ a: [{ exists: false }, 'x'] }, { a: 'y' }, false],
  [{ a: [{ exists: false }, 'x'] }, {}, true],
  [{ a: ['x'], b: [{ exists: false }] }, { a: 'x' }, true],
  [{ a: ['x'], b: [{ exists: false }] }, { a: 'x', b: 'y' }, false],
  [{ N: { homemade: { S: [{ 'anything-but': ['roses'] }, { exists: false }] } } }, { N: { purchased: { S: 'roses' } } }, true],
  [{ N: { homemade: { S: [{ 'anything-but': ['roses'] }, { exists: false }] } } }, { N: { homemade: { S: 'roses' } } }, false],
  // Names with dots.
  [{ detail: { state: { status: ['running'] } } }, { detail: { 'state.status': 'running' } }, true],
  [{ detail: { 'state.status': ['running'] } }, { detail: { state: { status: 'running' } } }, true],
  [{ 'detail.state.status': ['running'] }, { detail: { state: { status: 'running' } } }, true],
  [{ detail: { 'state.status': ['running'] } }, { 'detail.state': { status: 'running' } }, true],
  [{ detail: { 'state.status': { status: ['running'] } } }, { detail: { state: { status: 'running' } } }, false],
  [{ 'a.': ['x'] }, { a: { '': 'x' } }, true],
  [{ 'a.': ['x'] }, { a: 'x' }, false],
  [{ a: { b: ['x'], c: ['y'] } }, { 'a.b': 'x', a: { c: 'y' } }, true],
  [{ a: { b: ['x'] } }, { 'a.b': 'z', a: { b: 'x' } }, true],
  [{ a: { b: [{ exists: false }] } }, { 'a.b': 1 }, false],
  [{ a: { b: [1], c: [2] } }, { 'a.b': 1, a: [{ c: 3 }, { c: 2 }] }, true],
  // Lists.
  [{ a: { id: [{ exists: true }] } }, { a: [{ k: 1 }, { id: 'x' }] }, true],
  [{ a: { id: [{ exists: false }] } }, { a: [{ k: 1 }, { id: 'x' }] }, false],
  [{ a: { k: [1], id: [{ exists: false }] } }, { a: [{ k: 1 }, { id: 'x' }] }, false],
  [{ e: { first: ['Anna'] } }, { e: [{ first: 'John' }, { first: 'Anna' }] }, true],
  [
    { e: { first: ['Anna'], last: ['Smith'] } },
    {
      e: [
        { first: 'John', last: 'Doe' },
        { first: 'Anna', last: 'Smith' },
      ],
    },
    true,
  ],
  [
    { e: { first: ['Anna'], last: ['Jones'] } },
    {
      e: [
        { first: 'Anna', last: 'Smith' },
        { first: 'Peter', last: 'Jones' },
      ],
    },
    false,
  ],
  [{ e: { first: ['Peter'], last: ['Jones'] } }, { e: [[{ first: 'Anna' }], [{ first: 'Peter', last: 'Jones' }]] }, true],
  [{ e: { first: ['Anna'], last: ['Jones'] } }, { e: [[{ first: 'Anna' }], [{ first: 'Peter', last: 'Jones' }]] }, false],
  [{ 'e.first': ['Anna'], e: { last: ['Jones'] } }, { e: [{ first: 'Anna' }, { last: 'Jones' }] }, false],
  [{ a: { b: { x: [1], y: [2] } } }, { a: [{ b: [{ x: 1 }] }, { b: [{ x: 3 }, { x: 1, y: 2 }] }] }, true],
  [{ a: { b: { x: [1], y: [2] } } }, { a: [{ b: [{ x: 1 }, { y: 2 }] }] }, false],
  [
    { a: { k: [1], b: { y: [2] } } },
    {
      a: [
        { k: 1, b: [{ y: 3 }] },
        { k: 2, b: [{ y: 2 }] },
      ],
    },
    false,
  ],
  [{ a: { k: [1] }, b: { k: [2] } }, { a: [{ k: 1 }], b: [{ k: 3 }, { k: 2 }] }, true],
  [{ a: ['x'], 'a.b': [1] }, { a: ['x', { b: 1 }] }, true],
  [{ resources: ['arn:1'] }, { resources: ['arn:0', 'arn:1'] }, true],
  [{ resources: [{ exists: true }] }, { resources: [] }, false],
  [{ resources: [null] }, { resources: [] }, false],
  // Alternatives.
  [{ $or: [{ a: [1] }, { b: [2] }] }, { a: 1 }, true],
  [{ $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, true],
  [{ $or: [{ a: [1] }, { b: [2] }] }, { a: 2, b: 1 }, false],
  [{ s: ['x'], $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, false],
  [{ s: ['x'], $or: [{ a: [1] }, { b: [2], c: [3] }] }, { s: 'x', b: 2 }, false],
  [{ s: ['x'], $or: [{ a: [1] }, { b: [2], c: [3] }] }, { s: 'x', b: 2, c: 3 }, true],
  [{ $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }] }, { b: 2, d: 4 }, true],
  [{ $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }] }, { b: 2 }, false],
  [{ $or: [{ a: [1] }, { b: [2] }], d: { $or: [{ c: [3] }, { e: [4] }] } }, { a: 1, d: { e: 4 } }, true],
  [{ $or: [{ a: [1] }, { b: [2] }], d: { $or: [{ c: [3] }, { e: [4] }] } }, { a: 1, d: { e: 3 } }, false],
  [{ d: { k: [1], $or: [{ c: [3] }, { e: [4] }] } }, { d: [{ k: 1 }, { e: 4 }] }, false],
  [{ d: { k: [1], $or: [{ c: [3] }, { e: [4] }] } }, { d: [{ k: 1, e: 4 }] }, true],
  [{ s: ['x'], $or: [{ s: ['y'] }, { a: [1] }] }, { s: 'y' }, true],
  [{ $or: ['x'] }, { $or: 'x' }, true],
  [{ $or: [{ prefix: 'x' }, { suffix: 'z' }] }, { $or: 'yz' }, true],
  // What is no object, and names that objects of JavaScript have anyway.
  [{ a: [{ exists: false }] }, 'text', false],
  [{ a: [{ exists: false }] }, null, false],
  [{ a: [{ exists: false }] }, [{}], false],
  [{ constructor: [{ exists: false }] }, {}, true],
  [{ toString: { name: ['toString'] } }, {}, false],
  [JSON.parse('{"__proto__":{"a":["x"]}}'), JSON.parse('{"__proto__":{"a":"x"}}'), true],
  [JSON.parse('{"__proto__":{"a":["x"]}}'), JSON.parse('{"__proto__.a":"x"}'), true],
];

const CASES: readonly Case[] = [
  ...RULES.flatMap(([rule, matching, others]) => [
    ...matching.map((value): Case => [{ field: [rule] }, { field: value }, true]),
    ...others.map((value): Case => [{ field: [rule] }, { field: value }, false]),
  ]),
  ...EVENTS,
];

test('patterns match as in EventBridge', () => {
  for (const [pattern, event, matches] of CASES) {
    const text = JSON.stringify(pattern);
    assert.equal(compilePattern(text)(event), matches, `${text} and ${JSON.stringify(event)}`);
  }
  console.log(`${CASES.length} cases, all right`);
});

test('a path as long as may be, and an event deeper than a stack, are matched', () => {
  const path = Array.from({ length: 1000 }, () => 'a').join('.');
  const nested = (depth: number, [open, close]: readonly [string, string], inside: string): unknown =>
    JSON.parse(open.repeat(depth) + inside + close.repeat(depth));
  const matches = compilePattern(JSON.stringify({ [path]: ['x'] }));
  assert.equal(matches(nested(1000, ['{"a":', '}'], '"x"')), true);
  assert.equal(matches({ [path]: 'x' }), true);
  assert.equal(compilePattern('{"a":["x"]}')({ a: nested(200_000, ['[', ']'], '"x"') }), true);
});

test('hostile patterns and events end', () => {
  const text = 'a'.repeat(100_000);
  assert.equal(compilePattern(JSON.stringify({ f: [{ wildcard: `${'*a'.repeat(1000)}*b` }] }))({ f: text }), false);
  // Many lists at one path, of which every choice would have to be tried.
  const list = Array.from({ length: 50 }, (_, at) => ({ x: at }));
  const event = { a: { b: { c: { d: list }, 'c.d': list }, 'b.c': { d: list }, 'b.c.d': list }, 'a.b': { c: { d: list } } };
  assert.equal(compilePattern('{"a":{"b":{"c":{"d":{"x":[99],"y":[1]}}}}}')(event), false);
});

test('the longest pattern with the most combinations is compiled in good time', () => {
  const choices = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`x${at}`, { $or: [{ a: [1] }, { b: [1] }] }]));
  const fields = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, [1]]));
  const matches = compilePattern(JSON.stringify({ ...choices, ...fields }));
  const event = { ...Object.fromEntries(Object.keys(choices).map((name) => [name, { b: 1 }])), ...fields };
  assert.equal(matches(event), true);
  assert.equal(matches({ ...event, f299: 2 }), false);
});
