import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkTree } from './link-tree.ts';

function leaving(links: Readonly<Record<string, string>>): string[] {
  const tree = new LinkTree();
  for (const [path, target] of Object.entries(links)) tree.set(path, target);
  assert.deepEqual([...tree.paths()].toSorted(), Object.keys(links).toSorted());
  return Object.keys(links).filter((path) => tree.leaves(path));
}

test('links that stay inside do not leave, whatever they pass', () => {
  const links = { a: 'b/c', 'b/to-a': '../a', 'x/y/up': '../..', 'x/again': 'y/up/x/again', self: 'self', dot: './.' };
  assert.deepEqual(leaving({ ...links, 'deep/one': '../missing/../a' }), []);
});

test('a link leaves by its own text, absolutely, or by way of another one', () => {
  assert.deepEqual(leaving({ a: '..', b: '/b', 'c/d': '../../c', 'e/f': '../e' }), ['a', 'b', 'c/d']);
  // By their texts these end at the folder itself and below it.
  assert.deepEqual(leaving({ 'a/b/c': '../..', d: 'a/b/c/../../..', e: 'a/b/c/../../../etc/passwd' }), ['d', 'e']);
});

test('a way too long to walk counts as one that leaves', () => {
  assert.deepEqual(leaving({ long: 'a/'.repeat(5_000) }), ['long']);
});

test('what is removed is forgotten, with all below it', () => {
  const tree = new LinkTree();
  tree.set('a/up', '..');
  tree.set('a/b/up', '../..');
  tree.set('c', 'a/up/..');
  assert.equal(tree.leaves('c'), true);
  tree.remove('a');
  tree.remove('not/there');
  assert.deepEqual([...tree.paths()], ['c']);
  assert.equal(tree.leaves('c'), false);
});
