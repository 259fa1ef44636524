import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { done, refused, stored } from '../../model/fidelity.ts';
import { expandService } from './expand.ts';
import { fidelityCheck } from './fidelity-check.ts';
import { built, refusedItself, refusedOperations, type ServiceFidelity, storedOperation } from './service-fidelity.ts';

const FIDELITY: ServiceFidelity = {
  service: 'things',
  title: 'Things',
  inputs: {
    operations: {
      Make: 'Name Key Items:Item Named:Item{} Attributes AttributeName Old',
      Keep: 'Name',
      Never: 'Name Items:Item',
    },
    structures: { Item: 'Id Colour Inner:Item Size' },
  },
  operations: {
    Make: built(
      'Name Items Named',
      stored('Key', 'nothing is encrypted'),
      {
        Attributes: {
          state: 'done',
          entries: { ...done('Plain'), ...stored('Policy', 'nobody is refused', (text) => text !== '{}') },
        },
      },
      { AttributeName: { state: 'done', entries: stored('Policy', 'nobody is refused') } },
      refusedItself('Old', 'it is refused elsewhere'),
    ),
    Keep: storedOperation('nothing follows', 'Name'),
    ...refusedOperations('Never', 'not built'),
  },
  structures: {
    Item: {
      ...done('Id Inner'),
      ...stored('Colour', 'all are grey'),
      ...refused('Size', 'all are small', (value) => value !== 'S'),
    },
  },
};

test('what is stored only is told by its path, inside lists, maps and attributes too, once each', () => {
  const logger = new QuietLogger();
  const check = fidelityCheck(FIDELITY, (message) => new Error(message), logger);
  const told = (input: Record<string, unknown>, operation = 'Make'): readonly string[] => check.storedOnly(operation, input);
  assert.deepEqual(told({ Name: 'x', Items: [{ Id: '1' }], Unknown: 1, Old: 'x' }), []);
  assert.deepEqual(told({ Key: '', Items: [], Attributes: { Plain: '1', Policy: '{}' } }), []);
  assert.deepEqual(told({ Key: 'k', Items: [{ Colour: 'red' }, { Inner: { Colour: 'red' } }, { Colour: 'blue' }] }), [
    'Key',
    'Items.Colour',
  ]);
  assert.deepEqual(told({ Named: { a: { Colour: 'red' } } }), ['Named.Colour']);
  assert.deepEqual(told({ Attributes: { Policy: '{"a":1}' }, AttributeName: 'Policy' }), [
    'Attributes.Policy',
    'AttributeName.Policy',
  ]);
  assert.deepEqual(told({}, 'Keep'), ['Keep']);
  assert.deepEqual(told({ Name: 'x' }, 'toString'), []);
  for (const odd of [{ Items: 'x' }, { Items: [null, 1, ['x']] }, { Named: [] }, { Attributes: null, AttributeName: {} }])
    assert.deepEqual(told(odd), []);
  check.told('Make', ['Key', 'Items.Colour']);
  check.told('Make', ['Key']);
  assert.equal(logger.lines.length, 2);
});

test('what is refused is refused by its path', () => {
  const check = fidelityCheck(FIDELITY, (message) => new Error(message), new QuietLogger());
  check.storedOnly('Make', { Items: [{ Size: 'S' }] });
  assert.throws(() => check.storedOnly('Make', { Items: [{ Size: 'S' }, { Size: 'L' }] }), {
    message: 'lambkin does not support Items.Size with this value yet: all are small',
  });
});

test('the table spells out what is nested, and what is in something that is not done goes with it', () => {
  const [make, keep, never] = expandService(FIDELITY);
  const states = Object.fromEntries(make?.members.map(({ path, state }) => [path, state]) ?? []);
  assert.deepEqual(states, {
    Name: 'done',
    Key: 'stored only',
    Items: 'done',
    'Items.Id': 'done',
    'Items.Colour': 'stored only',
    'Items.Inner': 'done',
    'Items.Size': 'refused',
    Named: 'done',
    'Named.Id': 'done',
    'Named.Colour': 'stored only',
    'Named.Inner': 'done',
    'Named.Size': 'refused',
    Attributes: 'done',
    'Attributes.Plain': 'done',
    'Attributes.Policy': 'stored only',
    AttributeName: 'done',
    'AttributeName.Policy': 'stored only',
    Old: 'refused',
  });
  assert.deepEqual([keep?.state, keep?.note], ['stored only', 'nothing follows']);
  assert.deepEqual(
    never?.members.map(({ state }) => state),
    ['refused', 'refused', 'refused', 'refused', 'refused', 'refused'],
  );
});
