import type { Given } from './expression-fixture.ts';

const OPERATOR = 'Invalid operator used in KeyConditionExpression: ';
const CONDITION = 'Invalid condition in KeyConditionExpression: ';
/** Conditions that are none of keys, and AWS's texts. */
export const WRONG_KEY_CONDITIONS: readonly (readonly [text: string, message: string, given?: Given])[] = [
  ['id = :v OR n = :v', `${OPERATOR}OR`, { ':v': 1 }],
  ['NOT id = :v', `${OPERATOR}NOT`, { ':v': 1 }],
  ['id <> :v', `${OPERATOR}<>`, { ':v': 1 }],
  ['id IN (:v)', `${OPERATOR}IN`, { ':v': 1 }],
  ['attribute_exists(id)', `${OPERATOR}attribute_exists`],
  ['attribute_not_exists(id)', `${OPERATOR}attribute_not_exists`],
  ['attribute_type(id, :v)', `${OPERATOR}attribute_type`, { ':v': 'S' }],
  ['id = :v AND contains(n, :v)', `${OPERATOR}contains`, { ':v': 'x' }],
  ['size(id) = :v', 'KeyConditionExpressions cannot contain nested operations', { ':v': 1 }],
  ['id = n', `${CONDITION}Multiple attribute names used in one condition`],
  [':v = :w', `${CONDITION}No key attribute specified`, { ':v': 1, ':w': 1 }],
  [':v BETWEEN id AND n', `${CONDITION}BETWEEN operator must have the key attribute as its first operand`, { ':v': 1 }],
  ['begins_with(:v, id)', `${CONDITION}begins_with operator must have the key attribute as its first operand`, { ':v': 'x' }],
  ['id.a = :v', 'KeyConditionExpressions cannot have conditions on nested attributes', { ':v': 1 }],
  ['id[0] = :v', 'KeyConditionExpressions cannot have conditions on nested attributes', { ':v': 1 }],
  ['id = :v AND id = :v', 'KeyConditionExpressions must only contain one condition per key', { ':v': 1 }],
  ['id = :v AND n > :v AND n < :v', 'KeyConditionExpressions must only contain one condition per key', { ':v': 1 }],
];
