import assert from 'node:assert/strict';
import { test } from 'node:test';
import { item, type Plain, plainly } from '../values/value-fixture.ts';
import { type Given, read, refusal } from './expression-fixture.ts';
import { project } from './project.ts';

type PlainItem = { readonly [name: string]: Plain };

const BEFORE: PlainItem = {
  id: 'a',
  n: 5,
  t: 'x',
  seq: [0, 1, 2, 3],
  doc: { a: 1, deep: { b: [{ c: 2 }] } },
  tags: new Set(['r', 'g']),
  nums: new Set([1, 2]),
  blobs: new Set([Buffer.from('x')]),
};

/** `changes` are the attributes that are other than before; undefined ones are gone. */
const RIGHT: readonly (readonly [text: string, changes: Readonly<Record<string, Plain | undefined>>, given?: Given])[] = [
  ['SET n = :v', { n: 7 }, { ':v': 7 }],
  ['set n = :v', { n: 7 }, { ':v': 7 }],
  ['SET m = n', { m: 5 }],
  ['SET #x = :v', { 'with.dot': 1 }, { '#x': 'with.dot', ':v': 1 }],
  ['SET n = n + :v', { n: 8 }, { ':v': 3 }],
  ['SET n = n - :v', { n: 2 }, { ':v': 3 }],
  ['SET n = :v - n', { n: -2 }, { ':v': 3 }],
  ['SET n = :v + :v', { n: 6 }, { ':v': 3 }],
  ['SET n = (n) + (:v)', { n: 8 }, { ':v': 3 }],
  ['SET n = (:v)', { n: 3 }, { ':v': 3 }],
  ['SET n = n + :v', { n: 12345678901234567890123456789012345678n }, { ':v': 12345678901234567890123456789012345673n }],
  ['SET n = if_not_exists(n, :v)', {}, { ':v': 3 }],
  ['SET m = if_not_exists(m, :v)', { m: 3 }, { ':v': 3 }],
  ['SET m = if_not_exists(n, :v)', { m: 5 }, { ':v': 3 }],
  ['SET m = if_not_exists(m, :v) + :w', { m: 1 }, { ':v': 0, ':w': 1 }],
  ['SET m = if_not_exists(m, if_not_exists(k, :v))', { m: 3 }, { ':v': 3 }],
  ['SET seq = list_append(seq, :v)', { seq: [0, 1, 2, 3, 4] }, { ':v': [4] }],
  ['SET seq = list_append(:v, seq)', { seq: [4, 0, 1, 2, 3] }, { ':v': [4] }],
  ['SET m = list_append(if_not_exists(m, :e), :v)', { m: [4] }, { ':v': [4], ':e': [] }],
  ['SET seq[1] = :v', { seq: [0, 'x', 2, 3] }, { ':v': 'x' }],
  ['SET seq[9] = :v', { seq: [0, 1, 2, 3, 'x'] }, { ':v': 'x' }],
  ['SET seq[9] = :v, seq[7] = :w', { seq: [0, 1, 2, 3, 'w', 'v'] }, { ':v': 'v', ':w': 'w' }],
  ['SET seq[2147483647] = :v', { seq: [0, 1, 2, 3, 'x'] }, { ':v': 'x' }],
  ['SET doc.a = :v', { doc: { a: 2, deep: { b: [{ c: 2 }] } } }, { ':v': 2 }],
  ['SET doc.z = :v', { doc: { a: 1, deep: { b: [{ c: 2 }] }, z: 2 } }, { ':v': 2 }],
  ['SET doc.deep.b[0].c = :v', { doc: { a: 1, deep: { b: [{ c: 3 }] } } }, { ':v': 3 }],
  ['SET doc.deep.b[0].c = doc.a, doc.a = doc.deep.b[0].c', { doc: { a: 2, deep: { b: [{ c: 1 }] } } }],
  ['SET n = t, t = n', { n: 'x', t: 5 }],
  ['SET doc = :v', { doc: { q: 1 } }, { ':v': { q: 1 } }],
  ['REMOVE n', { n: undefined }],
  ['REMOVE k', {}],
  ['REMOVE n, t', { n: undefined, t: undefined }],
  ['REMOVE seq[0]', { seq: [1, 2, 3] }],
  ['REMOVE seq[0], seq[2]', { seq: [1, 3] }],
  ['REMOVE seq[2], seq[0]', { seq: [1, 3] }],
  ['REMOVE seq[9]', {}],
  ['REMOVE seq[0], seq[1], seq[2], seq[3]', { seq: [] }],
  ['REMOVE doc.a', { doc: { deep: { b: [{ c: 2 }] } } }],
  ['REMOVE doc.q', {}],
  ['REMOVE doc.deep.b[0].c', { doc: { a: 1, deep: { b: [{}] } } }],
  ['REMOVE seq[0] SET seq[1] = :v', { seq: ['x', 2, 3] }, { ':v': 'x' }],
  ['ADD n :v', { n: 8 }, { ':v': 3 }],
  ['ADD n :v', { n: 2 }, { ':v': -3 }],
  ['ADD m :v', { m: 3 }, { ':v': 3 }],
  ['ADD tags :v', { tags: new Set(['r', 'g', 'b']) }, { ':v': new Set(['g', 'b']) }],
  ['ADD nums :v', { nums: new Set([1, 2, 3]) }, { ':v': new Set([2, 3]) }],
  ['ADD blobs :v', { blobs: new Set([Buffer.from('x'), Buffer.from('y')]) }, { ':v': new Set([Buffer.from('y')]) }],
  ['ADD m :v', { m: new Set(['b']) }, { ':v': new Set(['b']) }],
  ['ADD doc.a :v', { doc: { a: 4, deep: { b: [{ c: 2 }] } } }, { ':v': 3 }],
  ['ADD doc.k :v', { doc: { a: 1, deep: { b: [{ c: 2 }] }, k: 3 } }, { ':v': 3 }],
  ['DELETE tags :v', { tags: new Set(['g']) }, { ':v': new Set(['r', 'q']) }],
  ['DELETE tags :v', { tags: undefined }, { ':v': new Set(['r', 'g']) }],
  ['DELETE nums :v', { nums: new Set([2]) }, { ':v': new Set([1]) }],
  ['DELETE blobs :v', { blobs: undefined }, { ':v': new Set([Buffer.from('x')]) }],
  ['DELETE m :v', {}, { ':v': new Set(['r']) }],
  [
    'SET n = :v REMOVE t ADD k :v DELETE tags :s',
    { n: 7, t: undefined, k: 7, tags: new Set(['g']) },
    { ':v': 7, ':s': new Set(['r']) },
  ],
  ['ADD n :v SET m = n', { n: 6, m: 5 }, { ':v': 1 }],
  ['SET #p = :v', { ['__proto__']: 1 }, { '#p': '__proto__', ':v': 1 }],
  ['SET #p = :v', { constructor: 1 }, { '#p': 'constructor', ':v': 1 }],
];

const MISFIT = 'The document path provided in the update expression is invalid for update';
const TYPE = 'An operand in the update expression has an incorrect data type';
const ABSENT = 'The provided expression refers to an attribute that does not exist in the item';
/** Updates that are right in themselves and don't fit the item. */
const UNFIT: readonly (readonly [text: string, message: string, given?: Given])[] = [
  ['SET k.a = :v', MISFIT, { ':v': 1 }],
  ['SET n.a = :v', MISFIT, { ':v': 1 }],
  ['SET seq.a = :v', MISFIT, { ':v': 1 }],
  ['SET doc[0] = :v', MISFIT, { ':v': 1 }],
  ['SET tags[0] = :v', MISFIT, { ':v': 1 }],
  ['SET seq[9].a = :v', MISFIT, { ':v': 1 }],
  ['REMOVE k.a', MISFIT],
  ['REMOVE k[0]', MISFIT],
  ['ADD k.a :v', MISFIT, { ':v': 1 }],
  ['SET m = k', ABSENT],
  ['SET m = k + :v', ABSENT, { ':v': 1 }],
  ['SET m = seq[4]', ABSENT],
  ['SET m = list_append(k, :v)', ABSENT, { ':v': [] }],
  ['SET m = if_not_exists(k, k2)', ABSENT],
  ['SET n = t + :v', TYPE, { ':v': 1 }],
  ['SET n = n - t', TYPE],
  ['SET seq = list_append(n, :v)', TYPE, { ':v': [] }],
  ['ADD t :v', TYPE, { ':v': 1 }],
  ['ADD tags :v', TYPE, { ':v': new Set([1]) }],
  ['ADD n :v', TYPE, { ':v': new Set([1]) }],
  ['ADD seq :v', TYPE, { ':v': 1 }],
  ['DELETE n :v', TYPE, { ':v': new Set([1]) }],
  ['DELETE nums :v', TYPE, { ':v': new Set(['1']) }],
  ['SET n = n + :v', 'Attempting to store more than 38 significant digits in a Number', { ':v': BigInt('9'.repeat(38)) }],
  [
    'ADD big :v SET n = :v + :v',
    'Number overflow. Attempting to store a number with magnitude larger than supported range',
    { ':v': BigInt(`9${'0'.repeat(125)}`) },
  ],
];

const SETS = 'Incorrect operand type for operator or function; operator: ';
const FUNCTION = 'Incorrect operand type for operator or function; operator or function: ';
const OVERLAP = 'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: ';
const CONFLICT = 'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: ';
const WRONG: readonly (readonly [text: string, message: string, given?: Given])[] = [
  ['', 'The expression can not be empty;'],
  ['INVALID SYNTAX HERE', 'Syntax error; token: "INVALID", near: "INVALID SYNTAX"'],
  ['n = :v', 'Syntax error; token: "n", near: "n ="'],
  ['SET', 'Syntax error; token: "<EOF>", near: "SET"'],
  ['SET n', 'Syntax error; token: "<EOF>", near: "n"'],
  ['SET n =', 'Syntax error; token: "<EOF>", near: "="'],
  ['SET n = :v,', 'Syntax error; token: "<EOF>", near: ","'],
  ['SET n = :v, = :w', 'Syntax error; token: "=", near: ", = :w"'],
  ['SET n = n + :v + :v', 'Syntax error; token: "+", near: ":v + :v"'],
  ['SET n = n * :v', 'Syntax error; token: "*", near: "n * :v"'],
  ['SET n = 5', 'Syntax error; token: "5", near: "= 5"'],
  ['SET :v = n', 'Syntax error; token: ":v", near: "SET :v ="'],
  ['SET _id = :v', 'Syntax error; token: "_", near: "SET _id"'],
  ['ADD hits : incr', 'Syntax error; token: ":", near: "hits : incr"'],
  ['ADD n = :v', 'Syntax error; token: "=", near: "n = :v"'],
  ['ADD n m', 'Syntax error; token: "m", near: "n m"'],
  ['DELETE n', 'Syntax error; token: "<EOF>", near: "n"'],
  ['REMOVE', 'Syntax error; token: "<EOF>", near: "REMOVE"'],
  ['REMOVE n = :v', 'Syntax error; token: "=", near: "n = :v"'],
  ['REMOVE :v', 'Syntax error; token: ":v", near: "REMOVE :v"'],
  ['SET n = :v; REMOVE m', 'Syntax error; token: ";", near: ":v; REMOVE"'],
  ['SET n = ((:v))', 'The expression has redundant parentheses;', { ':v': 1 }],
  ['SET n = :v SET m = :v', 'The "SET" section can only be used once in an update expression;', { ':v': 1 }],
  ['ADD x :v SET a = :v ADD y :v', 'The "ADD" section can only be used once in an update expression;', { ':v': 1 }],
  ['SET status = :v', 'Attribute name is a reserved keyword; reserved keyword: status'],
  ['SET n = Name', 'Attribute name is a reserved keyword; reserved keyword: Name'],
  ['REMOVE doc.ttl', 'Attribute name is a reserved keyword; reserved keyword: ttl'],
  ['SET n = foo(m)', 'Invalid function name; function: foo'],
  ['SET n = size(m)', 'The function is not allowed in an update expression; function: size'],
  ['SET n = attribute_exists(m)', 'The function is not allowed in an update expression; function: attribute_exists'],
  ['SET seq[2147483648] = :v', 'List index is not within the allowable range; index: [2147483648]'],
  ['SET #n = :v', 'An expression attribute name used in the document path is not defined; attribute name: #n'],
  ['SET n = #m', 'An expression attribute name used in the document path is not defined; attribute name: #m'],
  ['SET n = :v', 'An expression attribute value used in expression is not defined; attribute value: :v'],
  ['ADD n :v', 'An expression attribute value used in expression is not defined; attribute value: :v'],
  ['SET n = :v, n = :v', `${OVERLAP}[n], path two: [n]`, { ':v': 1 }],
  ['SET doc.a = :v, doc = :v', `${OVERLAP}[doc, a], path two: [doc]`, { ':v': 1 }],
  ['SET doc.a = :v REMOVE doc', `${OVERLAP}[doc, a], path two: [doc]`, { ':v': 1 }],
  ['SET seq[0] = :v REMOVE seq[0].b', `${OVERLAP}[seq, [0]], path two: [seq, [0], b]`, { ':v': 1 }],
  ['SET doc.a = :v, doc[0] = :v', `${CONFLICT}[doc, a], path two: [doc, [0]]`, { ':v': 1 }],
  [
    'SET n = if_not_exists(:v, :v)',
    'Operator or function requires a document path; operator or function: if_not_exists',
    { ':v': 1 },
  ],
  [
    'SET n = if_not_exists(n)',
    'Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1',
  ],
  [
    'SET n = list_append(n, n, n)',
    'Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 3',
  ],
  ['SET n = list_append(n, :v)', `${FUNCTION}list_append, operand type: N`, { ':v': 1 }],
  ['SET n = n + :v', `${FUNCTION}+, operand type: S`, { ':v': 'x' }],
  ['SET n = :v - n', `${FUNCTION}-, operand type: L`, { ':v': [] }],
  ['ADD n :v', `${SETS}ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND`, { ':v': 'x' }],
  ['ADD n :v', `${SETS}ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND`, { ':v': [] }],
  ['ADD n :v', `${SETS}ADD, operand type: MAP, typeSet: ALLOWED_FOR_ADD_OPERAND`, { ':v': {} }],
  ['ADD n :v', `${SETS}ADD, operand type: BOOLEAN, typeSet: ALLOWED_FOR_ADD_OPERAND`, { ':v': true }],
  ['DELETE n :v', `${SETS}DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND`, { ':v': 1 }],
  ['DELETE n :v', `${SETS}DELETE, operand type: NULL, typeSet: ALLOWED_FOR_DELETE_OPERAND`, { ':v': null }],
  ['SET n = m + k', 'Value provided in ExpressionAttributeValues unused in expressions: keys: {:v, :w}', { ':v': 1, ':w': 2 }],
  ['REMOVE n', 'Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}', { '#a': 'a' }],
];

test(`${RIGHT.length} updates make of an item what they say, and leave the original as it was`, () => {
  for (const [text, changes, given] of RIGHT) {
    const before = item(BEFORE);
    const frozen = JSON.stringify(before);
    const expected: Record<string, Plain> = Object.assign(Object.create(null) as object, BEFORE);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) delete expected[name];
      else expected[name] = value;
    }
    const after = read('UpdateExpression', text, given).update?.apply(before) ?? {};
    const sorted = (of: object): unknown => Object.entries(plainly(of)).toSorted(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(sorted(after), sorted(item(expected)), text);
    assert.equal(JSON.stringify(before), frozen, text);
  }
});

test(`${UNFIT.length} updates don't fit the item`, () => {
  for (const [text, message, given] of UNFIT) {
    const { update } = read('UpdateExpression', text, given);
    assert.equal(
      refusal(() => update?.apply(item(BEFORE))),
      message,
      text,
    );
  }
});

test(`${WRONG.length} updates are refused in AWS's words`, () => {
  for (const [text, message, given] of WRONG) {
    const prefix = message.startsWith('Value provided') ? '' : 'Invalid UpdateExpression: ';
    assert.equal(
      refusal(() => read('UpdateExpression', text, given)),
      `${prefix}${message}`,
      text,
    );
  }
});

const PROJECTIONS: readonly (readonly [text: string, result: PlainItem, given?: Given])[] = [
  ['id', { id: 'a' }],
  ['id, n', { id: 'a', n: 5 }],
  ['k', {}],
  ['#x', { id: 'a' }, { '#x': 'id' }],
  ['doc.a', { doc: { a: 1 } }],
  ['doc.a, doc.deep.b[0].c', { doc: { a: 1, deep: { b: [{ c: 2 }] } } }],
  ['doc.q', {}],
  ['doc[0]', {}],
  ['n.a', {}],
  ['seq[1]', { seq: [1] }],
  ['seq[3], seq[0]', { seq: [0, 3] }],
  ['seq[9]', {}],
  ['tags', { tags: new Set(['r', 'g']) }],
  ['#p', {}, { '#p': '__proto__' }],
];
const WRONG_PROJECTIONS: readonly (readonly [text: string, message: string, given?: Given])[] = [
  ['', 'The expression can not be empty;'],
  ['a,', 'Syntax error; token: "<EOF>", near: ","'],
  ['a b', 'Syntax error; token: "b", near: "a b"'],
  [':v', 'Syntax error; token: ":v", near: ":v"'],
  ['(a)', 'Syntax error; token: "(", near: "(a"'],
  ['size(a)', 'Syntax error; token: "(", near: "size(a"'],
  ['name', 'Attribute name is a reserved keyword; reserved keyword: name'],
  ['#a', 'An expression attribute name used in the document path is not defined; attribute name: #a'],
  ['a, a', `${OVERLAP}[a], path two: [a]`],
  ['a.b, a', `${OVERLAP}[a, b], path two: [a]`],
  ['a, #a[0]', `${OVERLAP}[a], path two: [a, [0]]`, { '#a': 'a' }],
  ['a.b, a[0]', `${CONFLICT}[a, b], path two: [a, [0]]`],
];

test(`${PROJECTIONS.length} projections have of an item what they say`, () => {
  for (const [text, result, given] of PROJECTIONS) {
    const { projection } = read('ProjectionExpression', text, given);
    assert.deepEqual(plainly(projection?.of(item(BEFORE))), plainly(item(result)), text);
  }
});

test(`${WRONG_PROJECTIONS.length} projections are refused in AWS's words`, () => {
  for (const [text, message, given] of WRONG_PROJECTIONS) {
    assert.equal(
      refusal(() => read('ProjectionExpression', text, given)),
      `Invalid ProjectionExpression: ${message}`,
      text,
    );
  }
});

test('what an update has changed is what is at its paths', () => {
  const { update } = read('UpdateExpression', 'SET doc.a = :v, seq[9] = :v REMOVE n', { ':v': 2 });
  assert.ok(update);
  const after = update.apply(item(BEFORE));
  assert.deepEqual(plainly(project(item(BEFORE), update.paths)), plainly(item({ doc: { a: 1 }, n: 5 })));
  assert.deepEqual(plainly(project(after, update.paths)), plainly(item({ doc: { a: 2 } })));
});
